#!/usr/bin/env bash
# 2026-12-01. mistral-common 1.13.1 with tekken v3 (Mistral Nemo): the content of a tool message is read as
# JSON and written anew. The output "3.10" of a tool that says a version is rendered as 3.1, "20.00" as
# 20.0, "null" as null, and an empty output as {}. "v3.10" stays a text.
#
# Surprises because content is a text by the message's type, and Python 3.1 is not Python 3.10. A model is
# shown other outputs than those that the dialogue goes on from: an answer "It is 3.10" is trained as a
# mistake about 3.1. Way round: outputs as JSON objects with texts inside, {"version": "3.10"}, or as JSON
# texts with quotes.
#
# Seen: '3.10': 3.1 | '20.00': 20.0 | 'null': null | '': {} | 'v3.10': "v3.10"
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "mistral-common==1.13.1" || exit 2
cd "$folder"
env/bin/python - 2>log <<'PYTHON' || { code=$?; tail -n 3 log >&2; exit "$code"; }
import re, sys
from pathlib import Path

import mistral_common
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

tokenizer = MistralTokenizer.from_file(str(Path(mistral_common.__file__).parent / "data" / "tekken_240718.json"))
call = {"id": "a1b2c3d4e", "type": "function", "function": {"name": "version", "arguments": "{}"}}


def rendered(output):
    messages = [
        {"role": "user", "content": "Which version?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a1b2c3d4e", "name": "version", "content": output},
    ]
    text = tokenizer.encode_chat_completion(ChatCompletionRequest.from_openai(messages=messages)).text
    return re.search(r'\[TOOL_RESULTS\]\{"content": (.*), "call_id"', text)[1]


seen = {output: rendered(output) for output in ("3.10", "20.00", "null", "", "v3.10", '"3.10"')}
print(f"mistral-common {mistral_common.__version__}: " + " | ".join(f"{o!r}: {r}" for o, r in seen.items()))
print("expected: the text of the output, as for v3.10")
as_described = list(seen.values()) == ["3.1", "20.0", "null", "{}", '"v3.10"', '"3.10"']
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
