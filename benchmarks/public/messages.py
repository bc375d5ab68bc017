"""Builds OpenAI messages from published dialogues; shared by their readers."""

import ast
import json
from pathlib import Path
from typing import Any

from toolace_mt.trajectory import JsonObject


class Messages:
    """Messages in the making; calls get ids in order."""

    def __init__(self, system: str = "") -> None:
        self.made: list[JsonObject] = []
        self._ids = 0
        if system:
            self.say("system", system)

    def say(self, role: str, text: str) -> None:
        """Add a message."""
        self.made.append({"role": role, "content": text})

    def call(self, calls: list[tuple[str, JsonObject]], text: str = "") -> list[str]:
        """Add a message of calls, and return their ids."""
        ids = [f"call{self._ids + place:05d}" for place in range(len(calls))]
        self._ids += len(calls)
        made = [
            {"id": i, "type": "function", "function": {"name": name, "arguments": arguments}}
            for i, (name, arguments) in zip(ids, calls, strict=True)
        ]
        self.made.append({"role": "assistant", "content": text, "tool_calls": made})
        return ids

    def output(self, call_id: str, content: Any) -> None:
        """Add what a call returned."""
        text = content if isinstance(content, str) else json.dumps(content)
        self.made.append({"role": "tool", "tool_call_id": call_id, "content": text})


def as_row(name: str, messages: Messages, tools: list[JsonObject]) -> JsonObject:
    """Return a line of the converted file."""
    return {"id": name, "messages": messages.made, "tools": tools}


def literals(path: Path, names: set[str]) -> dict[str, dict[str, Any]]:
    """Return what a Python file assigns to some names in each of its classes; nothing is run."""
    found: dict[str, dict[str, Any]] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else ():
            target = inner.targets[0] if isinstance(inner, ast.Assign) else None
            if (
                isinstance(target, ast.Name)
                and target.id in names
                and isinstance(node, ast.ClassDef)
            ):
                found.setdefault(node.name, {})[target.id] = ast.literal_eval(inner.value)
    return found
