#!/usr/bin/env bash
# 2026-12-01. ray 2.60.0 (Ray Data) with pyarrow 26.0.1: two tool calls in one block whose argument `value`
# is a number in one and a text in the other, and `write_parquet` succeeds and writes the whole column of
# messages as Python pickles. `read_parquet` of the same Ray then refuses the file, and every other
# reader sees bytes. With two numbers the same column is a list of structs that all can read.
#
# Surprises because writing says nothing, and because it hangs on which rows share a block: the same rows
# in two blocks give two readable files whose schemas do not go together. A dataset of tool calls written
# this way can be trained by nothing. Way round: write messages as one column of JSON text.
#
# Seen: numbers: list<struct> | number and text: binary, begins with a pickle's header; read_parquet:
# ValueError, reading these columns requires unpickling
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "ray[data]==2.60.0" "pyarrow==26.0.1" || exit 2
cd "$folder"
cat > read.py <<'PYTHON'
import sys
import pyarrow.dataset

column = pyarrow.dataset.dataset(sys.argv[1]).to_table().column("messages")
first = column[0].as_py()
print("pickle" if isinstance(first, bytes) and first[:1] == b"\x80" else str(column.type).split("<")[0])
PYTHON
env/bin/python - 2>log <<'PYTHON' || { code=$?; tail -n 3 log >&2; exit "$code"; }
import logging, subprocess, sys
import pyarrow, ray

ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
ray.data.DataContext.get_current().enable_progress_bars = False
logging.disable(logging.CRITICAL)


def row(value):
    call = {"id": "a1", "type": "function", "function": {"name": "set_field", "arguments": {"value": value}}}
    return {"messages": [{"role": "assistant", "content": "", "tool_calls": [call]}]}


def written(values, folder):
    """What a reader without Ray finds in the file, and whether Ray reads it."""
    ray.data.from_items([row(value) for value in values], override_num_blocks=1).write_parquet(folder)
    found = subprocess.run([sys.executable, "read.py", folder], capture_output=True, text=True).stdout.strip()
    try:
        return found, f"{ray.data.read_parquet(folder).count()} rows, {len(ray.data.read_parquet(folder).take_all())} read"
    except Exception as error:
        return found, "refused: requires unpickling" if "requires unpickling" in str(error) else repr(error)


numbers, mixed = written([1, 2], "numbers"), written([1, "red"], "mixed")
print(f"ray {ray.__version__}, pyarrow {pyarrow.__version__}: numbers: {numbers} | number and text: {mixed}")
print("expected: both readable, or an error when writing")
as_described = numbers == ("list", "2 rows, 2 read") and mixed == ("pickle", "refused: requires unpickling")
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
