"""What one call asks: an instruction, the schema of its answer, and how the answer is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from toolace_mt.calls import prompt as layout
from toolace_mt.calls.ask import Unreadable, closed, read_json, read_object
from toolace_mt.calls.positional import expanded
from toolace_mt.trajectory import JsonObject

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """One question. `schema` is that of an object, which `parse` gets; it raises Unreadable.

    An `example` is an answer that stands last in the prompt: a weak model writes what it has just
    read.
    """

    instruction: str
    schema: JsonObject
    parse: Callable[[JsonObject], T]
    example: JsonObject | None = None

    def prompt(self) -> str:
        """Return what stands behind the dialogue so far."""
        if self.example is None:
            return self.instruction
        return f"{self.instruction}\nExample:\n{layout.compact(self.example)}"

    def read(self, text: str) -> T:
        """Return what an answer says; raises Unreadable."""
        return self.parse(read_object(text))

    def read_compact(self, text: str) -> T:
        """Return what an answer to `compacted(schema)` says; raises Unreadable."""
        return self.parse(expanded(self.schema, read_json(text)))


def together(parts: Mapping[str, Question[T]]) -> Question[dict[str, T]]:
    """Return one part that asks for all; its answer has an object for each, under its name.

    One of them alone is asked as it is.
    """
    if len(parts) == 1:
        ((only, part),) = parts.items()
        return Question(
            part.instruction, part.schema, lambda a: {only: part.parse(a)}, example=part.example
        )
    asked = "\n\n".join(f'"{name}": {part.instruction}' for name, part in parts.items())
    examples = {name: part.example for name, part in parts.items() if part.example is not None}

    def parse(answer: JsonObject) -> dict[str, T]:
        read: dict[str, T] = {}
        for name, part in parts.items():
            if not isinstance(answer.get(name), dict):
                raise Unreadable(f"{name}: missing, or no object")
            read[name] = part.parse(answer[name])
        return read

    return Question(
        f"{asked}\n\nAnswer all of these in one JSON object: {', '.join(parts)}.",
        closed({name: part.schema for name, part in parts.items()}),
        parse,
        examples or None,
    )
