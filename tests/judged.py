"""Dialogues judged by hand: right ones, and each with single values made wrong.

`verification/judged.jsonl` has one dialogue a line, in short form. `tools` maps names to
parameters: their JSON Schemas, or a list such as `city, days?:i` (i integer, n number, b boolean,
a array of strings, ? optional). `turns` are `["user", text]`, `["reply", text]`,
`["call", tool, arguments, output]` or `["calls", [tool, arguments, output], ...]`. Each entry of
`bad` names a turn, a text in it and what stands there instead in a copy that is wrong.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Trajectory, Turn

_FILE = Path(__file__).parent / "verification" / "judged.jsonl"
_TYPES = {"i": "integer", "n": "number", "b": "boolean", "o": "object", "": "string"}


class Judged(NamedTuple):
    """A dialogue and whether it is right. Every other line of the file was held back at first."""

    dialogue: Trajectory
    right: bool
    held_back: bool


def judged() -> Iterator[Judged]:
    """Yield every right dialogue, followed by its wrong copies."""
    for number, line in enumerate(_FILE.read_text("utf-8").splitlines()):
        row = json.loads(line)
        right = _dialogue(row)
        yield Judged(right, True, number % 2 == 1)
        for place, (turn, old, new) in enumerate(row.get("bad", ())):
            yield Judged(_spoilt(right, place, turn, old, new), False, number % 2 == 1)


def _dialogue(row: dict[str, Any]) -> Trajectory:
    tools = tuple(Tool(name, "", _parameters(given)) for name, given in row["tools"].items())
    turns: list[Turn] = []
    for index, (kind, *rest) in enumerate(row["turns"]):
        if kind in ("user", "reply"):
            turns.append(Turn("user" if kind == "user" else "assistant", rest[0]))
            continue
        made = rest if kind == "calls" else [rest]
        ids = [f"call_{index}_{place}" for place in range(len(made))]
        calls = [ToolCall(i, name, given) for i, (name, given, _) in zip(ids, made, strict=True)]
        outputs = [ToolOutput(i, output) for i, (_, _, output) in zip(ids, made, strict=True)]
        turns += [Turn("assistant", calls=tuple(calls)), Turn("tool", outputs=tuple(outputs))]
    return Trajectory(row["id"], 0, tools, system=row.get("system", ""), turns=tuple(turns))


def _parameters(given: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(given, dict):
        declared = {n: {"type": s} if isinstance(s, str) else s for n, s in given.items()}
        return {"type": "object", "properties": declared, "required": []}
    properties: dict[str, Any] = {}
    required = []
    for written in filter(None, (part.strip() for part in given.split(","))):
        name, _, kind = written.partition(":")
        array = {"type": "array", "items": {"type": "string"}}
        properties[name.rstrip("?")] = array if kind == "a" else {"type": _TYPES[kind]}
        if not name.endswith("?"):
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _spoilt(right: Trajectory, place: int, index: int, old: str, new: str) -> Trajectory:
    turn = right.turns[index]
    if turn.content:
        assert old in turn.content, (right.id, index, old)
        spoilt = replace(turn, content=turn.content.replace(old, new))
    else:
        texts = [json.dumps(call.arguments, ensure_ascii=False) for call in turn.calls]
        assert any(old in text for text in texts), (right.id, index, old)
        calls = [
            replace(call, arguments=json.loads(text.replace(old, new)))
            for call, text in zip(turn.calls, texts, strict=True)
        ]
        spoilt = replace(turn, calls=tuple(calls))
    turns = (*right.turns[:index], spoilt, *right.turns[index + 1 :])
    return replace(right, id=f"{right.id}/{place}: {new}", turns=turns)
