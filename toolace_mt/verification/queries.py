"""Arguments that the user asks for by a constraint, worked out again from the dialogue alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from toolace_mt.query import Derivation
from toolace_mt.schemas.paths import get
from toolace_mt.selection.evaluate import derive
from toolace_mt.selection.formula import formula
from toolace_mt.selection.prove import disproof
from toolace_mt.selection.values import alike
from toolace_mt.texts.places import contents, standing
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import Origin, Turn
from toolace_mt.verification.facts import Facts, shown, structural

_KINDS = {"chosen": "chosen", "computed": "derived", "read": "output"}


class Queried(NamedTuple):
    """An argument with a derivation, in its place; `fault` is why it does not follow, or ""."""

    derivation: Derivation
    turn: int
    position: int
    value: object
    fault: str

    @property
    def path(self) -> str:
        """Where in its turn the value stands."""
        return f"calls[{self.position}].arguments.{self.derivation.path}"


@structural
def queried(facts: Facts) -> Iterator[Queried]:
    """Yield every argument that has a derivation, with the proof made anew."""
    by_call: dict[str, list[Derivation]] = {}
    for each in facts.trajectory.derivations:
        by_call.setdefault(each.call, []).append(each)
    for index, turn in enumerate(facts.turns):
        for position, call in enumerate(turn.calls):
            for each in by_call.get(call.id, ()):
                try:
                    value = get(call.arguments, each.path)
                except KeyError:
                    continue
                fault = _fault(each, value, facts.turns[:index], facts.trajectory.system)
                yield Queried(each, index, position, value, fault)


def _fault(derivation: Derivation, value: object, before: Sequence[Turn], system: str) -> str:
    if not derivation.selections:
        return "" if spoken(value) in system else "the system prompt does not tell it"
    outputs = contents(before)
    if why := disproof(derivation, outputs):
        return why
    result = derive(derivation, outputs)
    if not alike(result.value, value):
        return f"the outputs give {shown(result.value)}"
    latest = standing(before)
    sources = (source.call for each in derivation.selections for source in each.sources)
    stale = next((call for call in sources if call not in latest), None)
    return f"the output of {stale} is not the latest of its tool" if stale else ""


def with_queries(origins: Iterable[Origin], facts: Facts) -> tuple[Origin, ...]:
    """Return origins in which arguments found by a query say so, with the query as source."""
    if not facts.trajectory.derivations:
        return tuple(origins)
    turns = {output.call_id: i for i, turn in enumerate(facts.turns) for output in turn.outputs}
    found = {
        (each.turn, each.path): each.derivation
        for each in queried(facts)
        if not each.fault and each.derivation.selections
    }
    return tuple(
        replace(origin, kind=_KINDS[by.kind], source=formula(by, turns))  # type: ignore[arg-type]
        if (by := found.get((origin.turn, origin.path)))
        else origin
        for origin in origins
    )
