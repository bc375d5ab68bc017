#!/usr/bin/env bash
# Fine-tunes a model on rows with TRL and PEFT: all its weights, or LoRA. Only the assistant's messages
# are learned, without those that are wrong on purpose. A run that was stopped continues.
#   scripts/train.sh MODEL_DIR ROWS OUT_DIR [--rows 300] [--lora] [--epochs 1] [--seed 0] ...
# ROWS: RUN_DIR of a run, or a JSONL file of `messages` and `tools`.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ $# -ge 3 ]] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
model=$1 rows=$2 out=$3
shift 3
python=.venv/bin/python
"$python" -c 'import trl, peft' 2> /dev/null || scripts/install.sh train
if [[ -d $rows/dataset ]]; then
  "$python" -m toolace_mt export "$rows" --format axolotl --out "$rows/exports"
  rows=$rows/exports/axolotl
fi
"$python" -m benchmarks.downstream.train "$model" "$rows" "$out" "$@"
