#!/usr/bin/env bash
# 2026-12-01. smolagents 1.26.0: a tool's `required` is made from the types, not from the defaults. For
# `book(city: Optional[str], nights: int = 1)` the schema says: nothing is required, and both may be null.
# The function says: city must be given, and nights must not be None. Calls {} and {"city": "Oslo",
# "nights": null} fulfil the schema and smolagents' own check, and both raise TypeError when they run.
#
# Surprises because Python says exactly which argument may be left out, and Optional is known not to. Tools
# that come from @tool teach a model to leave city out and to send null for nights; when outputs are
# recorded, good calls get errors. Way round: write every Optional with a default, and drop `nullable` from
# parameters whose type has no None, before the schema is used.
#
# Seen: required: [], nullable: city, nights | {}: valid, TypeError | nights null: valid, TypeError
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "smolagents==1.26.0" || exit 2
cd "$folder"
HF_HUB_OFFLINE=1 env/bin/python - 2>log <<'PYTHON'
import sys
import smolagents
from smolagents.models import get_tool_json_schema
from smolagents.tools import validate_tool_arguments

# @tool reads the source of the function, so it stands in a file.
with open("booking.py", "w") as file:
    file.write('''from typing import Optional
from smolagents import tool


@tool
def book(city: Optional[str], nights: int = 1) -> str:
    """Book a stay.

    Args:
        city: Where to, None for the last one.
        nights: How many nights.
    """
    return f"{city}, back after {nights + 1} days"
''')
sys.path.insert(0, ".")
from booking import book

parameters = get_tool_json_schema(book)["function"]["parameters"]
nullable = [name for name, schema in parameters["properties"].items() if schema.get("nullable")]


def outcome(arguments):
    validate_tool_arguments(book, arguments)
    try:
        return book(**arguments)
    except TypeError:
        return "valid, TypeError"


seen = [outcome({}), outcome({"city": "Oslo", "nights": None}), outcome({"city": "Oslo"})]
print(f"smolagents {smolagents.__version__}: required: {parameters['required']}, nullable: {', '.join(nullable)}")
print(f"  {{}}: {seen[0]} | nights null: {seen[1]} | city: {seen[2]}")
print("expected: required: ['city'], nullable: city")
as_described = seen[:2] == ["valid, TypeError"] * 2 and parameters["required"] == [] and len(nullable) == 2
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
