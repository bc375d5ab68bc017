#!/usr/bin/env bash
# 2026-12-01. google-genai 3.6.1: `FunctionDeclaration.from_callable` of `move(city: str, point: tuple[int, int])`
# declares `city` alone: `point` stands neither in the properties nor among the required ones. A function
# whose only parameter is the tuple keeps it, but in a mapping of names that is no JSON Schema.
#
# Surprises because other types that the converter cannot express (a list of tuples, an optional tuple)
# raise ValueError, and because the function cannot be called as declared: `point` has no default. Tools taken
# from Python functions this way lose an argument without a word, and a model trained on them never gives
# it. Way round: `use_json_schema=True` (what `generate_content` itself passes), which keeps the tuple.
#
# Seen: city and point: ['city'] | with use_json_schema: ['city', 'point'] | list of tuples: ValueError
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "google-genai==3.6.1" || exit 2
cd "$folder"
env/bin/python - 2>log <<'PYTHON' || { code=$?; tail -n 3 log >&2; exit "$code"; }
import sys
from google import genai
from google.genai import types


def move(city: str, point: tuple[int, int]) -> str:
    """Move to a point of a city."""
    return ""


def trace(city: str, points: list[tuple[int, int]]) -> str:
    """Move along points of a city."""
    return ""


def declared(function, **more):
    client = genai.Client(api_key="none")
    try:
        declaration = types.FunctionDeclaration.from_callable(client=client._api_client, callable=function, **more)
    except ValueError:
        return "ValueError"
    if more:
        return sorted(declaration.parameters_json_schema["properties"])
    assert set(declaration.parameters.required) == set(declaration.parameters.properties)
    return sorted(declaration.parameters.properties)


seen = [declared(move), declared(move, use_json_schema=True), declared(trace)]
print(f"google-genai {genai.__version__}: city and point: {seen[0]} | with use_json_schema: {seen[1]}", end="")
print(f" | list of tuples: {seen[2]}")
print("expected: both parameters, or ValueError")
as_described = seen == [["city"], ["city", "point"], "ValueError"]
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
