#!/usr/bin/env bash
# 2026-12-01. llguidance 1.9.1 and outlines-core 0.2.14, the enum of a playback speed [0.5, 1.0, 1.5, 2.0]:
# in JSON Schema 1 and 1.0 are the same value, so both are right. llguidance writes 1 and can never write
# 1.0; outlines-core writes 1.0 and can never write 1. No text of the value is allowed by both.
#
# Surprises because a decoder that must not write what breaks a schema should write what fulfils it. A model
# trained on {"speed": 1.0}, as json.dumps prints the value that the schema names, is forced off its text
# by one decoder, a model trained on {"speed": 1} by the other, and data sampled under a decoder teaches
# that decoder's spelling. Way round: no whole floats in an enum; write 1 in the schema and in the data.
#
# Seen: llguidance: 1.0 refused, 1 admitted | outlines-core: 1.0 admitted, 1 refused | 0.5: both admit
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "llguidance==1.9.1" "outlines-core==0.2.14" "jsonschema==4.26.0" || exit 2
cd "$folder"
env/bin/python - <<'PYTHON'
import json, re, sys
from importlib.metadata import version

import jsonschema
from llguidance import JsonCompiler, LLMatcher, LLTokenizer, TokenizerWrapper
from outlines_core.json_schema import build_regex_from_schema

schema = {
    "type": "object",
    "properties": {"speed": {"type": "number", "enum": [0.5, 1.0, 1.5, 2.0]}},
    "required": ["speed"],
    "additionalProperties": False,
}


class Bytes:
    """A tokenizer whose tokens are the 256 bytes and an end."""

    tokens = [bytes([byte]) for byte in range(256)] + [b"<end>"]
    eos_token_id, bos_token_id, special_token_ids = 256, None, [256]

    def __call__(self, text):
        return list(text.encode() if isinstance(text, str) else text)


tokenizer = LLTokenizer(TokenizerWrapper(Bytes()))
grammar = JsonCompiler().compile(json.dumps(schema))
pattern = build_regex_from_schema(json.dumps(schema))


def llguidance(text):
    matcher = LLMatcher(tokenizer, grammar)
    return matcher.try_consume_tokens(list(text.encode())) == len(text) and matcher.is_accepting()


texts = ['{"speed": 0.5}', '{"speed": 1.0}', '{"speed": 1}']
assert all(jsonschema.Draft202012Validator(schema).is_valid(json.loads(text)) for text in texts)
seen = {
    f"llguidance {version('llguidance')}": [llguidance(text) for text in texts],
    f"outlines-core {version('outlines-core')}": [bool(re.fullmatch(pattern, text)) for text in texts],
}
for name, admitted in seen.items():
    print(f"{name}: " + ", ".join(f"{text} {'admitted' if yes else 'refused'}" for text, yes in zip(texts, admitted)))
print("expected: all three admitted, as jsonschema has it")
as_described = list(seen.values()) == [[True, False, True], [True, True, False]]
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
