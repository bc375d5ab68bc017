"""What tools lack for good dialogues, and what to do about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from toolace_mt.schemas.survey import survey
from toolace_mt.trajectory import Tool


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a definition: whether a tool has it, and what dialogues are like without it."""

    name: str
    has: Callable[[Tool], bool]
    without: str


def _has_examples(tool: Tool) -> bool:
    """Return whether a tool has examples or defaults, or no text that would need any."""
    properties = (tool.parameters.get("properties") or {}).values()
    texts = any(
        isinstance(each, dict) and each.get("type") == "string" and "enum" not in each
        for each in properties
    )
    return not texts or not survey(tool.parameters).keys.isdisjoint(("examples", "default"))


PARTS = (
    Part(
        "description", lambda tool: bool(tool.description), "the model cannot know what it is for"
    ),
    Part("returns", lambda tool: bool(tool.returns), "outputs say no more than that it is done"),
    Part("usage", lambda tool: bool(tool.usage), "requests have no example to follow"),
    Part("examples", _has_examples, "texts are drawn from a few dozen words"),
)


def advice(tools: Iterable[Tool]) -> str:
    """Return one line that says how many tools lack what `tools enrich` writes, "" if none does."""
    listed = list(tools)
    lacking = {
        part.name: count
        for part in PARTS[1:]
        if (count := sum(not part.has(tool) for tool in listed))
    }
    if not lacking.keys() & {"returns", "usage"}:
        return ""
    said = ", ".join(f"{count:,} have no {name}" for name, count in lacking.items())
    return (
        f"of {len(listed):,} tools {said}; dialogues will be plainer for it:"
        " `toolace-mt tools enrich POOL -o enriched.jsonl` adds them"
    )
