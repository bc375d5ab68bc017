#!/usr/bin/env bash
# 2026-12-01. transformers 5.24.0, `get_json_schema` (what chat templates and TRL make of a Python function):
# the documented mark (choices: ["wifi", "pool"]) behind an argument that is a LIST puts the values into an
# `enum` beside "type": "array", where it says: the whole list must BE one of these texts. No value at all
# fulfils that. Literal in the annotation is right: the enum stands in `items`.
#
# Surprises because choices of a list can only mean its members, and because nothing complains. In training
# data every call of such a tool breaks its own definition, so a validator refuses all rows; a decoder that
# follows the enum writes a text where the function expects a list. Way round: list[Literal["wifi", "pool"]].
#
# Seen: choices: {"type": "array", "items": {"type": "string"}, "enum": ["wifi", "pool"]}, valid values: none
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "transformers==5.24.0" "jsonschema==4.26.0" || exit 2
cd "$folder"
HF_HUB_OFFLINE=1 env/bin/python - 2>log <<'PYTHON' || { code=$?; tail -n 3 log >&2; exit "$code"; }
import json, sys
from typing import Literal
import jsonschema, transformers
from transformers.utils import get_json_schema


def with_choices(amenities: list[str]):
    """
    Find a hotel.

    Args:
        amenities: What it must have. (choices: ["wifi", "pool"])
    """


def with_literal(amenities: list[Literal["wifi", "pool"]]):
    """
    Find a hotel.

    Args:
        amenities: What it must have.
    """


def look(function):
    schema = get_json_schema(function)["function"]["parameters"]["properties"]["amenities"]
    del schema["description"]
    values = [["wifi"], ["wifi", "pool"], [], "wifi", "pool", ["garden"]]
    valid = [value for value in values if jsonschema.Draft202012Validator(schema).is_valid(value)]
    return schema, valid


choices, literal = look(with_choices), look(with_literal)
for name, (schema, valid) in {"choices": choices, "Literal": literal}.items():
    print(f"transformers {transformers.__version__}: {name}: {json.dumps(schema)}, valid: {valid}")
print("expected: the same schema from both")
as_described = choices[0].get("enum") == ["wifi", "pool"] and not choices[1] and len(literal[1]) == 3
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
