"""What a source of tools is: a function from a place to the definitions found there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from toolace_mt.tools.dialects import Malformed


@dataclass(frozen=True, slots=True)
class Given:
    """One definition as its source has it.

    `where` is what people look for to mend it (`tools.jsonl:3`, `petstore.json: GET /pets`).
    `definition` is a JSON value in any shape that `tools.dialects` knows, or the reason why there
    is none. Keys `server`, `source` and `license` say whose it is.
    """

    where: str
    definition: Any | Malformed


class ToolSource(Protocol):
    """One kind of place that tools come from; `SOURCES` has them by name."""

    def __call__(self, place: str) -> Iterable[Given]:
        """Yield the definitions at a place, in an order that is always the same.

        What is wrong with one definition is a `Malformed` in its place. Raises InputError, of one
        line, if the place as a whole cannot be read.
        """
        ...
