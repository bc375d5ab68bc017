#!/usr/bin/env bash
# 2026-12-01. datasets 5.2.0: an argument "2026-12-01" comes back from `load_dataset("json")` as
# datetime(2026, 12, 1) if every call in the file has the same arguments and all their days are dates. One
# row with a further argument, or one whose day is "tomorrow", and every row keeps its text.
#
# Surprises because the feature that keeps mixed calls exact decides by the rows around: a file passes a
# test on a mixed sample and breaks when it is split by tool, where all calls look alike. Chat templates
# then print a datetime as "2026-12-01 00:00:00" or fail to write JSON. (Messages that differ in their keys
# are safe: there the whole message is kept as JSON.) Way round: give the features, with List(Json()) for
# the list of calls.
#
# Seen: same arguments: datetime | one more argument: text | "tomorrow" beside: text
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
from datasets import load_dataset

datasets.disable_progress_bars()


def first_day(name, *calls):
    with open(f"{name}.jsonl", "w") as file:
        for arguments in calls:
            row = {"query": "Book a room.", "calls": [{"name": "book", "arguments": arguments}]}
            file.write(json.dumps(row) + "\n")
    row = load_dataset("json", data_files=f"{name}.jsonl", split="train")[0]
    return row["calls"][0]["arguments"]["day"]


day = {"day": "2026-12-01"}
seen = {
    "same arguments": first_day("same", day, {"day": "2026-12-24"}),
    "one more argument": first_day("more", day, {"day": "2026-12-24", "nights": 2}),
    "'tomorrow' beside": first_day("other", day, {"day": "tomorrow"}),
}
print(f"datasets {datasets.__version__}: " + " | ".join(f"{name}: {value!r}" for name, value in seen.items()))
print("expected: '2026-12-01' from all three")
same, *others = seen.values()
as_described = str(same) == "2026-12-01 00:00:00" and others == ["2026-12-01"] * 2
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
