#!/usr/bin/env bash
# Changes the code a little, over and over, and says which changes no test notices (mutation
# testing, with mutmut). Not part of CI: it takes minutes to hours. docs/mutation.md has the results.
#
#   scripts/mutation.sh meter|refinement|verification|dataset [PATTERN...]
#
# A pattern chooses mutants, such as 'toolace_mt.refinement.mask.*'. Everything happens in a copy of
# the sources under .mutation/; mutmut is installed there, beside the packages of .venv.
# See one mutant: scripts/mutation.sh AREA --show NAME
set -euo pipefail
cd "$(dirname "$0")/.."

area=${1:?which: meter, refinement, verification or dataset}
shift
case $area in
  meter) sources='"toolace_mt/calls/meter.py"' tests='"tests/calls"' ;;
  refinement) sources='"toolace_mt/refinement/*"' tests='"tests/refinement"' ;;
  verification) sources='"toolace_mt/verification/*"' tests='"tests/verification"' ;;
  dataset) sources='"toolace_mt/dataset/*"' tests='"tests/dataset"' ;;
  *) echo "no such area: $area; take meter, refinement, verification or dataset" >&2; exit 2 ;;
esac

python=${PYTHON:-$PWD/.venv/bin/python}
site=$PWD/.mutation/site
work=$PWD/.mutation/$area
if [[ ! -d $site/mutmut ]]; then
  "$python" -m pip install --quiet --target "$site" 'mutmut>=3.8,<3.9' 2>/dev/null
fi

mkdir -p "$work/mutants"
for each in toolace_mt tests benchmarks configs; do
  rm -rf "${work:?}/$each"
  cp -R "$each" "$work/$each"
done
{
  cat pyproject.toml
  cat <<TOML

[tool.mutmut]
source_paths = ["toolace_mt"]
only_mutate = [$sources]
also_copy = ["toolace_mt", "benchmarks", "configs"]
pytest_add_cli_args_test_selection = [$tests]
pytest_add_cli_args = [
  "-m", "not engine and not slow", "-p", "no:cacheprovider",
  # What changes a copy of the sources itself, and what starts processes, which have no mutmut.
  "-k", "not test_a_new_kind and not process and not test_push and not test_convert",
]
use_git_change_detection = false
TOML
} > "$work/pyproject.toml"

# The packages of .venv come first: its pytest is the one that the tests are written for.
mutmut=("$python" -c "import sys; sys.path.append('$site'); from mutmut.__main__ import cli; cli()")
cd "$work"
export PYTHONPATH=$work/mutants
if [[ ${1:-} == --show ]]; then
  exec "${mutmut[@]}" show "${2:?which mutant}"
fi
if ! "${mutmut[@]}" run --max-children "${CHILDREN:-2}" "$@" > log 2>&1; then
  tail -n 30 log >&2
  exit 1
fi
"${mutmut[@]}" results --all true 2>/dev/null | grep -v 'not checked' > verdicts || true
awk '{ print $NF }' verdicts | sort | uniq -c
grep -v 'killed$' verdicts || true
