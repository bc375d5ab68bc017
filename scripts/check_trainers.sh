#!/usr/bin/env bash
# Loads exports with the loaders of LLaMA-Factory, ms-swift and axolotl, each in an environment of its
# own, and says how many rows each keeps. Usage: scripts/check_trainers.sh RUN_DIR [ENVIRONMENTS]
# Needs some 8 GB of disk. What it printed last is in docs/trainers.md.
set -euo pipefail
cd "$(dirname "$0")/.."

run=${1:?scripts/check_trainers.sh RUN_DIR [ENVIRONMENTS]}
place=${2:-${TMPDIR:-/tmp}/trainers}
python=${PYTHON:-.venv/bin/python}
torch=${TORCH:-torch==2.13.0+cpu}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mkdir -p "$place"
export HF_HUB_OFFLINE=1

"$python" -m toolace_mt export "$run" --format sharegpt messages_json axolotl --out "$out/data"

environment() {  # NAME PACKAGE...
  local name=$1
  shift
  [[ -x $place/$name/bin/python ]] && return
  "$python" -m venv "$place/$name"
  "$place/$name/bin/pip" install --quiet "$@"
  # Those that come along are built for another torch.
  "$place/$name/bin/pip" uninstall --quiet --yes torchvision torchaudio torchcodec || true
}

environment llamafactory "$torch" llamafactory==0.9.5
"$place/llamafactory/bin/python" scripts/trainers/llamafactory_rows.py "$out/data/sharegpt"

environment swift "$torch" ms-swift==4.6.0
"$place/swift/bin/python" scripts/trainers/swift_rows.py "$out/data/messages_json"

# axolotl asks for Python 3.12 and exact versions; what loads rows runs beside ms-swift's packages.
if [[ ! -x $place/axolotl/bin/python ]]; then
  environment axolotl colorama fire addict
  find "$place/swift/lib" -name site-packages > "$(find "$place/axolotl/lib" -name site-packages)/swift.pth"
  "$place/axolotl/bin/pip" install --quiet --no-deps --ignore-requires-python axolotl==0.21.0
fi
"$place/axolotl/bin/python" scripts/trainers/axolotl_rows.py "$out/data/axolotl"
