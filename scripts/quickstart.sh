#!/usr/bin/env bash
# From nothing to a first dataset: environment, embedded model, run, one dialogue, a page of all.
# Usage: scripts/quickstart.sh [--model NAME_OR_PATH] [key=value ...]
# With --model the same run uses any model that vLLM loads, from a hub or a directory.
set -euo pipefail
cd "$(dirname "$0")/.."

model=models/smollm2-135m-instruct
if [[ "${1:-}" == --model ]]; then
  model=${2:?--model needs a name or a path}
  shift 2
fi

scripts/install.sh
if [[ "$model" == models/smollm2-135m-instruct ]]; then
  .venv/bin/toolace-mt prepare-model "$model"
fi
.venv/bin/toolace-mt run configs/quickstart.yaml "engine.model=$model" "$@"
run_dir=runs/quickstart
for setting in "$@"; do
  if [[ "$setting" == run_dir=* ]]; then run_dir=${setting#run_dir=}; fi
done
.venv/bin/toolace-mt show "$run_dir"
.venv/bin/toolace-mt report "$run_dir" --out "$run_dir/report.html"
