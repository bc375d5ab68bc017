#!/usr/bin/env bash
# 2026-12-01. datasets 5.2.0: `map` that replaces the messages of a column by their rendered text, the step
# in which a chat template is applied, gives back a list of letters if the column's feature is List(Json()):
# "<user>Hi" becomes ['<', 'u', 's', 'e', 'r', '>', 'H', 'i']. With a column of plain structs the same
# function gives the text; so does a streaming dataset, and so does a new name of the column.
#
# Surprises because `map` may change a column's type, and does for a column of structs; `remove_columns` does
# not help either. A trainer that then joins or tokenizes the column
# trains single letters, or fails far from the cause. Way round: write the text to a new column.
#
# Seen: List(Json()): a list of letters | structs: the text | streaming: the text | another name: the text
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "datasets==5.2.0" || exit 2
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" env/bin/python - <<'PYTHON'
import sys
import datasets
from datasets import Dataset, Features, Json, List

datasets.disable_progress_bars()
messages = {"prompt": [[{"role": "user", "content": "Hi"}]]}
text = "<user>Hi"


def rendered(dataset, name="prompt"):
    return next(iter(dataset.map(lambda row: {name: text}, remove_columns=["prompt"])))[name]


with_json = Dataset.from_dict(messages, features=Features({"prompt": List(Json())}))
seen = {
    "List(Json())": rendered(with_json),
    "structs": rendered(Dataset.from_dict(messages)),
    "streaming": rendered(with_json.to_iterable_dataset()),
    "another name": rendered(with_json, "text"),
}
print(f"datasets {datasets.__version__}: " + " | ".join(f"{name}: {value}" for name, value in seen.items()))
print(f"expected: {text} from all four")
as_described = list(seen.values()) == [list(text), text, text, text]
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
