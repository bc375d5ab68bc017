"""The interface of a source of tools: a function from a place to the definitions there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from toolace_mt.tools.dialects import Malformed


@dataclass(frozen=True, slots=True)
class Given:
    """One definition as its source has it.

    `where` tells people where to correct it (`tools.jsonl:3`, `petstore.json: GET /pets`).
    `definition` is a JSON value in any shape that `tools.dialects` knows, or the reason why there
    is none. Its keys `server`, `source` and `license` say where it comes from.
    """

    where: str
    definition: Any | Malformed


class ToolSource(Protocol):
    """One kind of place that tools come from; `SOURCES` lists all kinds by name."""

    def __call__(self, place: str) -> Iterable[Given]:
        """Yield the definitions at a place, always in the same order.

        A faulty definition is yielded as a `Malformed`. Raises InputError, of one line, if the
        place as a whole cannot be read.
        """
        ...
