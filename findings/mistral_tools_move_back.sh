#!/usr/bin/env bash
# 2026-12-01. mistral-common 1.13.1 with tekken v3 (Mistral Nemo): the system prompt and the definitions of
# the tools are written before the LAST message of the user. A dialogue with two questions, rendered as one
# training text, shows the first call with no tool and no system prompt before it; both follow later.
# When the first question was served, the same renderer put them in front.
#
# Surprises because a prefix of a dialogue is not a prefix of its rendering: the text of the first call is
# trained in a context in which it is never sampled, and a model learns to call what it was not shown.
# Caches of prefixes miss for the same reason. Way round: a training text for each turn of the user, cut
# after its answer, loss on the last turn only.
#
# Seen: one question: tools before the call | two questions: tools after the call; prefix: False
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "mistral-common==1.13.1" || exit 2
cd "$folder"
env/bin/python - 2>log <<'PYTHON' || { code=$?; tail -n 3 log >&2; exit "$code"; }
import sys
from pathlib import Path

import mistral_common
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

tokenizer = MistralTokenizer.from_file(str(Path(mistral_common.__file__).parent / "data" / "tekken_240718.json"))
schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
tool = {"type": "function", "function": {"name": "get_weather", "description": "Weather.", "parameters": schema}}
call = {"id": "a1b2c3d4e", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
first = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Weather in Oslo?"},
    {"role": "assistant", "content": "", "tool_calls": [call]},
    {"role": "tool", "tool_call_id": "a1b2c3d4e", "name": "get_weather", "content": "rain"},
]
both = [*first, {"role": "assistant", "content": "Rain."}, {"role": "user", "content": "Thanks. And tomorrow?"}]


def rendered(messages):
    return tokenizer.encode_chat_completion(ChatCompletionRequest.from_openai(messages=messages, tools=[tool])).text


def order(text):
    places = {"tools": "[AVAILABLE_TOOLS]", "system prompt": "Be brief.", "call": "[TOOL_CALLS]"}
    return sorted(places, key=lambda name: text.index(places[name]))


one, two = rendered(first), rendered(both)
print(f"mistral-common {mistral_common.__version__}: one question: {order(one)} | two questions: {order(two)}")
print(f"one is a prefix of two: {two.startswith(one)}; expected: True, with the tools before the call")
as_described = order(one)[-1] == "call" and order(two)[0] == "call" and not two.startswith(one)
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
