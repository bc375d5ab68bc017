#!/usr/bin/env bash
# Plays the tasks of a run through `verifiers`, in an environment of its own, by a scripted model that
# answers first rightly, then wrongly. Usage: scripts/check_tasks.sh RUN_DIR [ENVIRONMENT]
# What it printed last is in docs/tasks.md.
set -euo pipefail
cd "$(dirname "$0")/.."

run=${1:?scripts/check_tasks.sh RUN_DIR [ENVIRONMENT]}
place=${2:-${TMPDIR:-/tmp}/verifiers}
python=${PYTHON:-.venv/bin/python}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$python" -m toolace_mt export "$run" --format verifiers --out "$out/data"
if [[ ! -x $place/bin/python ]]; then
  "$python" -m venv "$place"
  "$place/bin/pip" install --quiet verifiers==0.1.14
fi
PYTHONPATH=$PWD "$place/bin/python" scripts/trainers/verifiers_tasks.py "$out/data/verifiers" 2>&1 | tail -1
