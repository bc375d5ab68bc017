#!/usr/bin/env bash
# Asks a model for every next message of held-out dialogues and scores what it answers; then plays
# multi-turn tasks of BFCL, judged by bfcl-eval's own checker.
#   scripts/evaluate.sh MODEL_DIR RUN_DIR OUT.json [--dialogues 100] [--bfcl-tasks 50] ...
# RUN_DIR: a run with tools that the model was not trained on. BFCL=no leaves BFCL out.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ $# -ge 3 ]] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
model=$1 run=$2 out=$3
shift 3
python=.venv/bin/python
"$python" -m toolace_mt export "$run" --format tasks --out "$run/exports"
bfcl=()
if [[ ${BFCL:-yes} != no ]]; then
  package=${BFCL_PACKAGE:-.bfcl}  # a place of its own: it pins old versions of much else
  [[ -d $package/bfcl_eval ]] ||
    "$python" -m pip install --quiet --no-deps --target "$package" bfcl-eval==2026.3.23 mpmath==1.3.0
  bfcl=(--bfcl "$package")
fi
"$python" -m benchmarks.downstream.evaluate "$model" "$run/exports/tasks" "$out" \
  "${bfcl[@]}" "$@"
