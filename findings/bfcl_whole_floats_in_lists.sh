#!/usr/bin/env bash
# 2026-12-01. bfcl-eval 2026.3.23 (the Berkeley Function-Calling Leaderboard), a parameter of type float: the
# call with 5 for the right answer 5.0 is right. In a list of floats it is wrong: [1, 2] for [1.0, 2.0] is
# refused, in questions of the benchmark itself.
#
# Surprises because the checker converts whole numbers on purpose, but only outside lists, and because JSON
# does not tell 1 from 1.0. Several tool parsers return a whole float without its point (qwen3_coder of
# mlx-lm and of vLLM, GLM's), so a model loses these points by how its format is read, not by what it
# knows; data filtered with this checker loses such calls. Way round: write list arguments of type float
# with a point before checking. (The module that lists all models is replaced by an empty one.)
#
# Seen: float 5.0: right, 5: right | list of floats [..., 5.0]: right, [..., 5]: wrong
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile --no-deps "bfcl-eval==2026.3.23" || exit 2
cd "$folder"
env/bin/python - <<'PYTHON'
import json, sys, types
from importlib.metadata import version
from pathlib import Path

import bfcl_eval

models = types.ModuleType("bfcl_eval.constants.model_config")
models.MODEL_CONFIG_MAPPING = {"any": types.SimpleNamespace(underscore_to_dot=False)}
sys.modules[models.__name__] = models
from bfcl_eval.constants.enums import Language
from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker

data = Path(bfcl_eval.__file__).parent / "data"
name = "BFCL_v4_simple_python.json"
paths = data / name, data / "possible_answer" / name
questions, golds = ([json.loads(line) for line in path.open()] for path in paths)


def whole(value):
    return isinstance(value, list) and bool(value) and all(isinstance(n, (int, float)) and n == int(n) for n in value)


def verdicts(wanted, convert):
    """The first question with such a parameter, and what the checker says to both spellings of its answer."""
    for question, gold in zip(questions, golds):
        (function, answers), = gold["ground_truth"][0].items()
        for key, schema in question["function"][0]["parameters"]["properties"].items():
            value = answers.get(key, [""])[0]
            types = schema["type"], schema.get("items", {}).get("type")
            if types != wanted or not whole(value if "array" in wanted else [value]):
                continue
            right = {name: values[0] for name, values in answers.items() if "" not in values}
            calls = [[{function: {**right, key: convert(kind, value)}}] for kind in (float, int)]
            check = question["function"], gold["ground_truth"], Language.PYTHON, "simple", "any"
            results = [ast_checker(check[0], call, *check[1:])["valid"] for call in calls]
            return f"{question['id']} {key}={convert(int, value)}", results


alone = verdicts(("float", None), lambda kind, value: kind(value))
listed = verdicts(("array", "float"), lambda kind, value: [kind(n) for n in value])
print(f"bfcl-eval {version('bfcl-eval')}: with and without point: {alone[0]}: {alone[1]} | {listed[0]}: {listed[1]}")
print("expected: right four times")
as_described = (alone[1], listed[1]) == ([True, True], [True, False])
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
