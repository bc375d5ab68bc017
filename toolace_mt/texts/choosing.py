"""Which arguments of drawn calls are told, read, chosen by a constraint, or computed.

Calls and outputs are drawn before any text. So an argument can be taken from an earlier output, and
code proves that a constraint leads to it before the user is made to state that constraint.
"""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from toolace_mt.config import ArgumentMix
from toolace_mt.query import Derivation
from toolace_mt.schemas.check import check_arguments
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.paths import get, leaves
from toolace_mt.selection.words import is_key
from toolace_mt.texts.choices import (
    Choice,
    first_record,
    kind_of,
    links_of,
    used_before,
    with_derived,
)
from toolace_mt.texts.constraints import Selected
from toolace_mt.texts.days import timely
from toolace_mt.texts.derivable import WAYS, Moment
from toolace_mt.texts.places import linked, resembling
from toolace_mt.texts.profile import Profile, of_user, own_part
from toolace_mt.texts.reuse import in_scope
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import JsonObject, Tool

_KINDS = ("told", "read", "chosen", "computed", "known")
_MYSELF = 0.97  # share of the arguments about a person that are about the user, if it may be so
_REDRAWS = 8
_SPARED = 0.95  # share of optional arguments left out while the user tells more than the mix says


@dataclass(slots=True)
class Chooser:
    """Decides for the calls of one dialogue, in order, and keeps count of the kinds.

    `profile` is what is known of the user, `today` the day in ISO form, if there is one. `feeding`
    has, by tool and parameter, the tools of the same server that return the parameter's value under
    its name. `told` are the values that the user has to state, and `silent` the arguments, by call
    and name, that a request implies.
    """

    mix: ArgumentMix
    profile: Profile = field(default_factory=dict)
    feeding: Mapping[tuple[str, str], Collection[str]] = field(default_factory=dict)
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
        told = [self._in_scope(moment, self._drawn(tool, rng)) for _ in range(_REDRAWS)]
        fresh = [each for each in told if (tool.name, each.arguments) not in made]
        return next((c for c in fresh if not self._gives_away(moment, c)), (*fresh, choice)[0])

    def _in_scope(self, moment: Moment, drawn: JsonObject) -> Choice:
        """Return drawn arguments that keep to what the whole dialogue is about."""
        used = {name: used_before(moment.turns, name)[-1:] for name in drawn if in_scope(name)}
        kept = {name: values[0] for name, values in used.items() if values}
        return Choice({**drawn, **kept}, read=frozenset(kept))

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
        told = (v for n, v in choice.arguments.items() if kind_of(choice, n) == "told")
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
        links = {
            name: linked(
                *(name, drawn[name], moment.turns), self.feeding.get((moment.tool.name, name), ())
            )
            for name in drawn
        }
        for name in sorted(drawn, key=lambda each: (not links[each], not is_key(each))):
            found = None
            if links[name] or is_key(name) or in_scope(name):
                linked_to = links_of(moment, choice, name, links[name], rng)
                found = next((c for c in linked_to if self._fits(moment, name, c)), None)
            if found is None and rng.random() < myself:
                found = self._own(moment, choice, name, rng)
            if found is None and not links[name] and self._tells_too_much(counts):
                found = self._resembling(moment, choice, name, counts, rng)
            if found is not None and self._fits(moment, name, found):
                choice = found
            counts[kind_of(choice, name)] += 1
        return choice

    def note(self, call: str, choice: Choice) -> None:
        """Count the arguments of a call that stands."""
        for name, value in choice.arguments.items():
            kind = kind_of(choice, name)
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
        """Leave out some optional arguments and further records while the user tells too much."""
        if not self._tells_too_much(self.counts):
            return drawn
        required = tool.parameters.get("required") or ()
        told = {n: v for n, v in drawn.items() if n in required or rng.random() >= _SPARED}
        shorter = {n: first_record(v) for n, v in told.items()}
        return told if check_arguments(tool, shorter) else shorter

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
                derived = with_derived(moment, choice, record)
                if derived is not None and self._fits(moment, name, derived):
                    return derived
        return None
