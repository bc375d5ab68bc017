#!/usr/bin/env bash
# Compare the shipped pools of MCP servers (mcp-pool:NAME) with the servers themselves, which are
# installed from npm and PyPI in the recorded versions; LATEST=1 takes the newest ones. Not part of
# CI: it needs npm, and packages of others.
#
#   scripts/check_pools.sh [DIRECTORY]     default: a temporary one, removed at the end
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
export PYTHONPATH="${PYTHONPATH:-$PWD}"
directory=${1:-}
if [[ -z $directory ]]; then
  directory=$(mktemp -d)
  trap 'rm -rf "$directory"' EXIT
fi
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
while read -r name registry package version; do
  if [[ ${LATEST:-} ]]; then version=""; fi
  case $registry in
    npm) npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$directory" \
      "$package${version:+@$version}" ;;
    pypi)
      [[ -d $directory/$name ]] || "$python" -m venv "$directory/$name"
      # Servers written for the first SDK say `mcp>=1`, and do not start with the second.
      old=()
      [[ $name == sqlite ]] && old=("mcp<2")
      "$directory/$name/bin/pip" install --quiet "$package${version:+==$version}" "${old[@]}"
      ;;
  esac
done < <("$python" scripts/check_pools.py packages)
"$python" scripts/check_pools.py compare "$directory"
