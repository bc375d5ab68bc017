#!/usr/bin/env bash
# 2026-12-01. datasets 5.2.0: three calls whose argument `value` is the number 1, the text "007" and the text
# "null" come back from `load_dataset("json")` as 1, 7 and None. A place that holds several types gets the
# feature Json; a text in that place which is JSON itself is read once more as JSON when a row is fetched.
# Without the number, the same texts come back as they are.
#
# Surprises because the file is valid JSON Lines and the feature is there to keep mixed values exact: what
# happens to a text hangs on what OTHER rows hold. Codes, versions, house numbers and JSON texts change
# their type in training rows, with no warning; `from_generator` and `map` do the same. It strikes rows of
# one shape (query and calls, or messages that all have the same keys); where messages differ in their
# keys, the whole message becomes Json, and texts inside are kept. Way round: ask for that yourself.
#
# Seen: texts only: ['1', '007', 'null'] | number and texts: [1, 7, None] | Json on calls: [1, '007', 'null']
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "datasets==5.2.0" || exit 2
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" env/bin/python - <<'PYTHON'
import json, sys
import datasets
from datasets import Features, Json, List, Value, load_dataset

datasets.disable_progress_bars()


def row(value):
    return {"query": "Set it.", "calls": [{"name": "set_field", "arguments": {"value": value}}]}


def loaded(name, values, **more):
    with open(f"{name}.jsonl", "w") as file:
        file.writelines(json.dumps(row(value)) + "\n" for value in values)
    rows = load_dataset("json", data_files=f"{name}.jsonl", split="train", **more)
    return [r["calls"][0]["arguments"]["value"] for r in rows]


mixed = [1, "007", "null"]
whole_calls = Features({"query": Value("string"), "calls": List(Json())})
seen = {
    "texts only": loaded("texts", ["1", "007", "null"]),
    "number and texts": loaded("mixed", mixed),
    "Json on calls": loaded("whole", mixed, features=whole_calls),
}
print(f"datasets {datasets.__version__}: " + " | ".join(f"{name}: {values}" for name, values in seen.items()))
print(f"expected: {mixed} from the second, too")
as_described = list(seen.values()) == [["1", "007", "null"], [1, 7, None], mixed]
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
