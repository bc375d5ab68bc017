#!/usr/bin/env bash
# Both methods from one config and one seed, then `toolace-mt compare`: A is the baseline, B is ours.
#   scripts/compare.sh [CONFIG] [key=value ...]      OUT=DIRECTORY for another place than runs/compare
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

config=configs/simulation.yaml
if [[ ${1:-} == *.yaml ]]; then config=$1; shift; fi
out=${OUT:-runs/compare}

# The baseline knows no system prompts.
toolace-mt run "$config" "$@" method=simulation initialization.system=false \
  'initialization.policies=[]' "run_dir=$out/simulation"
toolace-mt run "$config" "$@" method=toolace_mt "run_dir=$out/toolace_mt"
toolace-mt compare "$out/simulation" "$out/toolace_mt" \
  --json "$out/comparison.json" --markdown "$out/comparison.md"
