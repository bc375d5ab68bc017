"""Reads requests and calls of the Berkeley Function-Calling Leaderboard; it has no outputs."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.public.messages import Messages, as_row
from toolace_mt.trajectory import JsonObject

BFCL = "berkeley-function-call-leaderboard/bfcl_eval/data"
_SINGLE = (
    *("simple_python", "multiple", "parallel", "parallel_multiple"),
    *("live_simple", "live_multiple", "live_parallel", "live_parallel_multiple"),
)


def bfcl_multi_turn(clone: Path) -> Iterator[JsonObject]:
    """The right calls of a benchmark's several-turn tasks; no outputs, no replies."""
    data = clone / BFCL
    for kind in ("base", "miss_func", "miss_param", "long_context"):
        answers = _by_id(data / "possible_answer" / f"BFCL_v4_multi_turn_{kind}.json")
        for name, task in _by_id(data / f"BFCL_v4_multi_turn_{kind}.json").items():
            tools = tools_of_task(data, task)
            orders = {tool["name"]: list(tool["parameters"]["properties"]) for tool in tools}
            messages = Messages()
            turns = zip(task["question"], answers[name]["ground_truth"], strict=True)
            for asked, calls in turns:
                for message in asked:
                    messages.say(message["role"], message["content"])
                if calls:
                    messages.call([_python_call(call, orders) for call in calls])
            yield as_row(name, messages, tools)


def tools_of_task(data: Path, task: JsonObject) -> list[JsonObject]:
    """Return the definitions of the functions that a multi-turn task offers."""
    return [tool for used in task["involved_classes"] for tool in _functions(data, used)]


def _functions(data: Path, class_name: str) -> Iterator[JsonObject]:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", class_name).lower()
    files = {"twitter_api": "posting_api", "travel_api": "travel_booking"}
    files |= {"vehicle_control_api": "vehicle_control"}
    path = data / "multi_turn_func_doc" / f"{files.get(snake, snake)}.json"
    yield from (json.loads(line) for line in path.read_text("utf-8").splitlines())


def _python_call(text: str, orders: dict[str, list[str]]) -> tuple[str, JsonObject]:
    """Read `cd(folder='a')`, or `sort('a')` with arguments in the order of the parameters."""
    node = ast.parse(text, mode="eval").body
    if not isinstance(node, ast.Call):
        raise ValueError(f"not a call: {text}")
    name = ast.unparse(node.func)
    given = dict(zip(orders.get(name, ()), map(ast.literal_eval, node.args), strict=False))
    return name, given | {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}


def bfcl_single_turn(clone: Path) -> Iterator[JsonObject]:
    """Requests with the right calls of a benchmark; the first of the values it accepts."""
    data = clone / BFCL
    for kind in _SINGLE:
        answers = _by_id(data / "possible_answer" / f"BFCL_v4_{kind}.json")
        for name, task in _by_id(data / f"BFCL_v4_{kind}.json").items():
            messages = Messages()
            for message in task["question"][0]:
                messages.say(message["role"], message["content"])
            calls = [next(iter(call.items())) for call in answers[name]["ground_truth"]]
            messages.call([(tool, _first_choice(arguments)) for tool, arguments in calls])
            yield as_row(name, messages, task["function"])


def _first_choice(options: Any) -> Any:
    """Return the first of the accepted values of each field, at any depth.

    "" among them says that the argument may be absent; alone, that it is.
    """
    if isinstance(options, list):
        return [_first_choice(item) for item in options]
    if not isinstance(options, dict):
        return options
    made = {}
    for name, values in options.items():
        accepted = [value for value in values if value != ""] if isinstance(values, list) else []
        if accepted or values != [""]:
            made[name] = _first_choice(accepted[0] if accepted else values)
    return made


def _by_id(path: Path) -> dict[str, JsonObject]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {row["id"]: row for row in rows}
