#!/usr/bin/env bash
# Installs and checks everything: format, lint, types, all tests, those on the real engine included.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install.sh dev
.venv/bin/ruff format --check .
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/pytest "$@"
