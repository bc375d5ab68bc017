#!/usr/bin/env bash
# 2026-12-01. datasets 5.2.0: JSON Lines with the columns id, source, model, system_prompt (texts) and
# messages are taken for session traces of the Hermes agent, whatever they hold. Loading any such
# dataset of chat dialogues fails with "please install 'teich'"; one more letter in a column's name, or
# `parse_agent_traces=False`, and the same rows load. With teich they would be converted, and the
# columns be those of traces.
#
# Seen: renamed column: 1 row | as it is: ImportError: To support decoding agent traces, please
# install 'teich'. | parse_agent_traces=False: 1 row
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "datasets==5.2.0" || exit 2
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" env/bin/python - <<'PYTHON'
import json, sys
import datasets
from datasets import load_dataset

datasets.disable_progress_bars()
call = {"id": "a1", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Oslo"}}}
messages = [
    {"role": "user", "content": "Weather in Oslo?"},
    {"role": "assistant", "content": "", "tool_calls": [call]},
]
row = {"id": "1", "source": "desk", "model": "m", "system_prompt": "Be brief.", "messages": messages}


def outcome(row, **more):
    with open("rows.jsonl", "w") as file:
        file.write(json.dumps(row) + "\n")
    try:
        data = load_dataset("json", data_files="rows.jsonl", split="train", **more)
    except Exception as error:
        cause = error.__cause__ or error
        return f"{type(cause).__name__}: {cause}"
    return f"{len(data)} row"


renamed = outcome({("prompt" if k == "system_prompt" else k): v for k, v in row.items()})
given = outcome(row)
off = outcome(row, parse_agent_traces=False)
print(f"datasets {datasets.__version__}: renamed column: {renamed} | as it is: {given} | off: {off}")
sys.exit(not (renamed == off == "1 row" and given.startswith("ImportError") and "teich" in given))
PYTHON
