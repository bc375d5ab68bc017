"""Asking a model for what one tool lacks, part by part: outputs, then values, then exchanges."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolace_mt.calls.ask import Unusable
from toolace_mt.calls.question import Question, ask
from toolace_mt.calls.request import Generate
from toolace_mt.config import Sampling
from toolace_mt.enrich.pool_file import Definition
from toolace_mt.enrich.returns import returns_question
from toolace_mt.enrich.trial import objection
from toolace_mt.enrich.usage import usage_question
from toolace_mt.enrich.values import lacking, values_question
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.tools.dialects import Malformed
from toolace_mt.trajectory import Trajectory

PARTS = ("returns", "parameters", "usage")
"""The parts of a definition that a model can write, in the order in which it is asked for them."""


def missing(definition: Definition) -> Iterator[str]:
    """Yield the parts that a definition lacks; what it has but empty (`usage: []`) is not lacking.

    "parameters" lack examples of values.
    """
    if definition.tool.returns is None:
        yield "returns"
    if lacking(definition.parameters):
        yield "parameters"
    if "usage" not in definition.raw:
        yield "usage"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the missing parts of definitions with one model."""

    generate: Generate
    sampling: Sampling
    seed: int
    model: str

    async def complete(self, definition: Definition) -> tuple[Definition, list[str]]:
        """Return the definition with all parts that could be written, and why others could not."""
        failures: list[str] = []
        for part in [part for part in PARTS if part in set(missing(definition))]:
            answer = await self._ask(part, definition)
            if isinstance(answer, Unusable):
                failures.append(answer.reason)
                continue
            try:
                definition = definition.with_part(part, answer, self.model)
            except Malformed as malformed:
                failures.append(f"{part}: {malformed}")
        return definition, failures

    async def _ask(self, part: str, definition: Definition) -> Any | Unusable:
        server, name = definition.identity
        place = (self.seed, "enrich", server, name, part)
        return await ask(
            self._question(part, definition),
            Trajectory(f"{server}/{name}", self.seed, (definition.tool,)),
            *(self.generate, self.sampling),
            stage="enrich",
            kind=part,
            seed=derive_seed(*place),
        )

    def _question(self, part: str, definition: Definition) -> Question[Any]:
        tool = definition.tool
        if part == "returns":
            return returns_question(tool)
        if part == "parameters":
            return values_question(tool.name, definition.parameters)
        rng = derive_random(self.seed, "enrich", *definition.identity, "exchange")
        return usage_question(tool, rng, lambda exchange: objection(tool, exchange))
