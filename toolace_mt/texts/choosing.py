"""Which arguments of drawn calls are told, read, chosen by a constraint, or computed.

Calls and outputs are drawn before any text. So an argument can be taken from an earlier output, and
code proves that a constraint leads to it before the user is made to state that constraint.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from toolace_mt.config import ArgumentMix
from toolace_mt.query import Derivation
from toolace_mt.schemas.check import check_arguments
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.paths import get, leaves
from toolace_mt.selection.evaluate import derive
from toolace_mt.selection.prove import disproof
from toolace_mt.selection.words import is_key
from toolace_mt.texts.constrained import is_writable
from toolace_mt.texts.constraints import Selected
from toolace_mt.texts.days import timely
from toolace_mt.texts.derivable import WAYS, Moment, listed
from toolace_mt.texts.places import Place, contents, linked, resembling
from toolace_mt.texts.profile import Profile, of_user, own_part
from toolace_mt.texts.reuse import in_scope
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import JsonObject, Tool, Turn

_KINDS = ("told", "read", "chosen", "computed", "known")
_ANEW = 0.7  # how often one goes back to a list for another of its rows
_MYSELF = 0.97  # share of the arguments about a person that are about the user, if it may be so
_REDRAWS = 8
_SPARED = 0.95  # share of optional arguments left out while the user tells more than the mix says


@dataclass(frozen=True, slots=True)
class Choice:
    """The arguments of a call. `derivations` are of those that the user asks for by a phrase.

    `read` names those that are taken from an output without a word, as the request implies them.
    """

    arguments: JsonObject
    derivations: tuple[Derivation, ...] = ()
    read: frozenset[str] = frozenset()


@dataclass(slots=True)
class Chooser:
    """Decides for the calls of one dialogue, in order, and keeps count of the kinds.

    `profile` is what is known of the user, `today` the day in ISO form, if there is one. `told` are
    the values that the user has to state, and `silent` the arguments, by call and name, that a
    request implies.
    """

    mix: ArgumentMix
    profile: Profile = field(default_factory=dict)
    today: str = ""
    derivations: list[Derivation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    told: set[str] = field(default_factory=set)
    silent: set[tuple[str, str]] = field(default_factory=set)

    def draw(
        self, moment: Moment, made: Sequence[tuple[str, JsonObject]], rng: random.Random
    ) -> Choice:
        """Return arguments for a call that repeats none in `made`, if there are values enough."""
        tool = moment.tool
        for attempt in range(_REDRAWS):
            drawn = self._spared(tool, self._drawn(tool, rng), rng)
            myself = _MYSELF if attempt < _REDRAWS // 2 else 0.0  # then it is for somebody else
            choice = self.choose(moment, drawn, rng, myself)
            if (tool.name, choice.arguments) not in made and not self._gives_away(moment, choice):
                return choice
        told = (Choice(self._drawn(tool, rng)) for _ in range(_REDRAWS))
        new = [c for c in told if (tool.name, c.arguments) not in made]
        return next((c for c in new if not self._gives_away(moment, c)), (*new, choice)[0])

    def _gives_away(self, moment: Moment, choice: Choice) -> bool:
        """Return whether the user would tell what the sub-task asks for by a phrase or returned.

        Of outputs, only what names a record counts: days and names may well be told again.
        """
        own = [c for turn in moment.turns if turn.subtask == moment.subtask for c in turn.calls]
        made = {call.id: call.arguments for call in own}
        derived = [each for each in self.derivations if each.selections and each.call in made]
        secret = {spoken(get(made[each.call], each.path)) for each in derived}
        returned = {
            spoken(value)
            for turn in moment.turns
            if turn.subtask == moment.subtask
            for output in turn.outputs
            for path, value in leaves(output.content)
            if is_key(path.rsplit(".", 1)[-1])
        }
        told = (v for n, v in choice.arguments.items() if _kind(choice, n) == "told")
        return any(isinstance(value, str) and value in secret | returned for value in told)

    def _drawn(self, tool: Tool, rng: random.Random) -> JsonObject:
        """Draw arguments whose days fit today, if the tool allows such days."""
        drawn: JsonObject = draw(tool.parameters, rng)
        moved: JsonObject = timely(drawn, self.today, rng)
        return drawn if check_arguments(tool, moved) else moved

    def choose(
        self, moment: Moment, drawn: JsonObject, rng: random.Random, myself: float = _MYSELF
    ) -> Choice:
        """Return drawn arguments with those replaced that come from outputs instead.

        Parameters that share their name with a field of an output come from there. Others do while
        the user tells more than the mix says, if something of their sort was returned. `myself` is
        how probable it is that what is about a person is about the user.
        """
        choice = Choice(dict(drawn))
        counts = Counter(self.counts)
        links = {name: linked(name, drawn[name], moment.turns) for name in drawn}
        for name in sorted(drawn, key=lambda each: not links[each]):
            found = None
            if links[name] or is_key(name) or in_scope(name):
                linked_to = _link(moment, choice, name, links[name], rng)
                found = next((c for c in linked_to if self._fits(moment, name, c)), None)
            if found is None and rng.random() < myself:
                found = self._own(moment, choice, name, rng)
            if found is None and not links[name] and self._tells_too_much(counts):
                found = self._resembling(moment, choice, name, counts, rng)
            if found is not None and self._fits(moment, name, found):
                choice = found
            counts[_kind(choice, name)] += 1
        return choice

    def note(self, call: str, choice: Choice) -> None:
        """Count the arguments of a call that stands."""
        for name, value in choice.arguments.items():
            kind = _kind(choice, name)
            self.counts[kind] += 1
            if kind == "told":
                self.told.add(spoken(value))
        self.derivations += choice.derivations
        self.silent |= {(call, name) for name in choice.read}

    def selected(self) -> Selected:
        """Return what texts have to know of the arguments chosen so far."""
        return Selected(tuple(self.derivations), frozenset(self.silent))

    def _fits(self, moment: Moment, name: str, choice: Choice) -> bool:
        """Return whether a call can have these arguments, and the user does not say the value."""
        value = choice.arguments[name]
        possible = moment.possible.get(name)
        others = {spoken(v) for n, v in choice.arguments.items() if n != name}
        silent = name in choice.read
        return (
            (silent or spoken(value) not in self.told | others)
            and (not possible or value in possible)
            and not check_arguments(moment.tool, choice.arguments)
        )

    def _own(self, moment: Moment, choice: Choice, name: str, rng: random.Random) -> Choice | None:
        """Take what an argument says about the user from what is known of them."""
        value = choice.arguments[name]
        paths = [f"{name}.{key}" for key in value] if isinstance(value, dict) else [name]
        own = {
            path: self.profile[part] for path in paths if (part := own_part(path)) in self.profile
        }
        if not own:
            return None
        new = (
            {**value, **{p.removeprefix(f"{name}."): v for p, v in own.items()}}
            if isinstance(value, dict)
            else own[name]
        )
        records = tuple(of_user(moment.call, path, rng) for path in own)
        arguments = {**choice.arguments, name: new}
        return Choice(arguments, choice.derivations + records, choice.read)

    def _share(self, kind: str) -> float:
        weights = {each: getattr(self.mix, each) for each in _KINDS}
        return float(weights[kind] / sum(weights.values()))

    def _tells_too_much(self, counts: Counter[str]) -> bool:
        return counts["told"] + 1 > self._share("told") * (counts.total() + 1)

    def _spared(self, tool: Tool, drawn: JsonObject, rng: random.Random) -> JsonObject:
        """Leave out some optional arguments while the user tells too much."""
        if not self._tells_too_much(self.counts):
            return drawn
        required = tool.parameters.get("required") or ()
        return {n: v for n, v in drawn.items() if n in required or rng.random() >= _SPARED}

    def _resembling(
        self, moment: Moment, choice: Choice, name: str, counts: Counter[str], rng: random.Random
    ) -> Choice | None:
        """Take a value of the same sort from an output: of the kind that is most wanted."""
        found = resembling(name, choice.arguments[name], moment.turns)
        # What the call is about has values of its own: another one's price is not offered for it.
        keys = [each for each in choice.arguments if is_key(each)]
        places = [p for p in found if len(p.rows) == 1 or not any(k in p.rows[0] for k in keys)]
        total = counts.total() + 1
        wanted = [k for k in WAYS if self._share(k)]
        for kind in sorted(wanted, key=lambda k: counts[k] - self._share(k) * total):
            for record in WAYS[kind](places, moment, name, rng):
                derived = _derived(moment, choice, record)
                if derived is not None and self._fits(moment, name, derived):
                    return derived
        return None


def _link(
    moment: Moment, choice: Choice, name: str, places: list[Place], rng: random.Random
) -> Iterator[Choice]:
    """Take the value of a parameter from the latest output that has a field of its name.

    One row leaves no choice, unless a list that has it stands for another one. Of several rows, the
    one that this sub-task has already chosen stays; others come before those that the tool was
    called for earlier. A code that no output has is that of an earlier call, and so is what a whole
    dialogue is about.
    """
    if not places:
        yield from (_silently(choice, name, value) for value in _used(moment.turns, name)[-1:])
        return
    place = _offer(places, name) if rng.random() < _ANEW else places[0]
    rows = [row[name] for row in place.rows]
    own = [turn for turn in moment.turns if turn.subtask == moment.subtask]
    chosen = [value for value in _used(own, name) if value in rows]
    if chosen or len(rows) == 1:
        yield _silently(choice, name, chosen[-1] if chosen else rows[0])
        return
    calls = (call for turn in moment.turns for call in turn.calls)
    made = [call.arguments.get(name) for call in calls if call.name == moment.tool.name]
    again: list[Choice] = []
    for record in (*WAYS["chosen"]([place], moment, name, rng), *listed(place, moment, name)):
        derived = _derived(moment, choice, record)
        if derived is not None and derived.arguments[name] not in made:
            yield derived
        elif derived is not None:
            again.append(derived)
    yield from again


def _offer(places: list[Place], name: str) -> Place:
    """Return the latest list that has what the latest output is about; that output if none has."""
    about = places[0].rows[0][name]
    lists = (p for p in places if len(p.rows) > 1 and any(row[name] == about for row in p.rows))
    return next(lists, places[0])


def _used(turns: Sequence[Turn], name: str) -> list[Any]:
    """Return the values that calls had for a parameter."""
    calls = (call for turn in turns for call in turn.calls)
    return [call.arguments[name] for call in calls if name in call.arguments]


def _silently(choice: Choice, name: str, value: Any) -> Choice:
    arguments = {**choice.arguments, name: value}
    return replace(choice, arguments=arguments, read=choice.read | {name})


def _derived(moment: Moment, choice: Choice, record: Derivation) -> Choice | None:
    """Return the choice with one more derived argument, None unless it is proven and sayable."""
    outputs = contents(moment.turns)
    if not is_writable(record.phrase) or disproof(record, outputs):
        return None
    value = derive(record, outputs).value
    arguments = {**choice.arguments, record.path: value}
    return replace(choice, arguments=arguments, derivations=(*choice.derivations, record))


def _kind(choice: Choice, name: str) -> str:
    kinds = {each.path.partition(".")[0]: each.kind for each in choice.derivations}
    return kinds.get(name, "read" if name in choice.read else "told")
