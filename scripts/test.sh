#!/usr/bin/env bash
# Installs and checks everything: format, lint, types, all tests, those on the real engine included.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install.sh dev
.venv/bin/ruff format --check .
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/pytest "$@" || {
  # Tests that kill processes and wait for others can starve on a busy machine. What failed is run
  # once more, alone; that decides.
  echo "once more, only what failed:"
  .venv/bin/pytest --last-failed --last-failed-no-failures none
}
