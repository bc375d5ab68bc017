"""Play multi-turn tasks of the Berkeley Function-Calling Leaderboard, judged by its own checker.

The package `bfcl-eval` is read from a folder of its own (`pip install --no-deps --target`), since
it pins old versions of what everything else here needs newer.
"""

import importlib
import json
import keyword
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.downstream.asking import Asked
from benchmarks.public.bfcl import tools_of_task
from toolace_mt.dataset.messages import tool_definition
from toolace_mt.tasks.adapters import message_of
from toolace_mt.tools.definitions import read_tools

CATEGORIES = ("multi_turn_base", "multi_turn_long_context")
_MOST_STEPS = 8  # calls in a row before the next request, as a bound on loops


@dataclass
class _Dialogue:
    """One task while it is played: what was said, and the calls of each request, step by step."""

    task: dict[str, Any]
    right: list[list[str]]
    tools: list[Any]
    messages: list[Any] = field(default_factory=list)
    made: list[list[list[str]]] = field(default_factory=list)
    over: bool = False

    def ask_next(self) -> None:
        """Put the next request of the user, or end."""
        if len(self.made) == len(self.task["question"]):
            self.over = True
            return
        self.messages += self.task["question"][len(self.made)]
        self.made.append([])


def play(package: Path, model: Asked, most: int) -> dict[str, bool]:
    """Return for the first `most` tasks of each category whether the model solved it."""
    sys.path.insert(0, str(package))
    checker = importlib.import_module("bfcl_eval.eval_checker.multi_turn_eval.multi_turn_checker")
    utils = importlib.import_module("bfcl_eval.eval_checker.multi_turn_eval.multi_turn_utils")
    found: dict[str, bool] = {}
    for category in CATEGORIES:
        playing = _read(package / "bfcl_eval" / "data", category, most)
        while waiting := [dialogue for dialogue in playing if not dialogue.over]:
            texts = model.answers([(each.messages, each.tools) for each in waiting])
            for dialogue, text in zip(waiting, texts, strict=True):
                _step(dialogue, text, utils.execute_multi_turn_func_call, category)
        for each in playing:
            made = each.made + [[]] * (len(each.right) - len(each.made))
            verdict = checker.multi_turn_checker(made, each.right, each.task, category, "judged")
            found[each.task["id"]] = bool(verdict["valid"])
    return found


def _read(data: Path, category: str, most: int) -> list[_Dialogue]:
    name = f"BFCL_v4_{category}.json"
    tasks, answers = (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()[:most]]
        for path in (data / name, data / "possible_answer" / name)
    )
    playing = []
    for task, answer in zip(tasks, answers, strict=True):
        withheld = task.get("excluded_function", ())
        offered = [tool for tool in tools_of_task(data, task) if tool["name"] not in withheld]
        tools = [tool_definition(tool) for tool in read_tools(offered)[0]]
        playing.append(_Dialogue(task, answer["ground_truth"], tools))
        playing[-1].ask_next()
    return playing


def _step(dialogue: _Dialogue, text: str | None, execute: Any, category: str) -> None:
    """Take the model's answer: its calls are executed; a text ends what the user asked for."""
    if text is None:  # longer than the model can read
        dialogue.over = True
        return
    message = message_of(text)
    calls = [call["function"] for call in message.get("tool_calls", ())]
    known = {tool["function"]["name"] for tool in dialogue.tools}
    written = [_python(call) for call in calls if _callable(call, known)]
    if len(written) < len(calls) or not calls or len(dialogue.made[-1]) == _MOST_STEPS:
        dialogue.messages.append({"role": "assistant", "content": message["content"]})
        dialogue.ask_next()
        return
    dialogue.made[-1].append(written)
    outputs, _ = execute(
        written,
        dialogue.task["initial_config"],
        dialogue.task["involved_classes"],
        "played",
        dialogue.task["id"],
        long_context="long_context" in category,
    )
    dialogue.messages.append({**message, "tool_calls": [{"function": call} for call in calls]})
    dialogue.messages += [{"role": "tool", "content": output} for output in outputs]


def _callable(call: Any, known: set[str]) -> bool:
    """Tell whether a call names a tool of the task and has arguments that Python can take."""
    arguments = call.get("arguments") if isinstance(call, dict) else None
    return (
        isinstance(arguments, dict)
        and call.get("name") in known
        and all(name.isidentifier() and not keyword.iskeyword(name) for name in arguments)
    )


def _python(call: dict[str, Any]) -> str:
    """Write a call as the checker evaluates it: a known name, and literals alone."""
    return f"{call['name']}({', '.join(f'{k}={v!r}' for k, v in call['arguments'].items())})"
