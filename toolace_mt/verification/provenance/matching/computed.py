"""Which numbers of a reply were computed: sums, shares, products, averages, ages, durations.

The more operands are tried, the more numbers are explained by chance. So what is computed from
numbers that the reply itself names needs no announcement, since the reader sees how; what comes
from outputs alone needs a word that says so ("in total"); and sums of small integers always do.
"""

import re
from statistics import fmean
from typing import NamedTuple

from toolace_mt.caching import lazy
from toolace_mt.verification.provenance.evidence import NOWHERE, Evidence, Found
from toolace_mt.verification.provenance.matching.amounts import combined
from toolace_mt.verification.provenance.matching.arithmetic import (
    combination,
    conversion,
    percentage,
    ratio,
    rounding,
    running_sum,
    scaled,
)
from toolace_mt.verification.provenance.matching.balance import balance
from toolace_mt.verification.provenance.matching.gaps import gaps_between
from toolace_mt.verification.provenance.matching.named import named_numbers
from toolace_mt.verification.provenance.parsing.mentions import Mention
from toolace_mt.verification.provenance.parsing.numbers import Number, numbers_in
from toolace_mt.verification.provenance.parsing.words import flat, word_set

_COMPUTED = re.compile(
    r"\b(?:total|sum|altogether|combined|difference|remaining|left over|average|savings?|refund)\b",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"[=+×]|\b(?:totals?|sum|together|combined|differ\w*|remain\w*|left|leav(?:es|ing)|stays?|holds?|average|sav(?:e|es|ing|ings)"
    r"|refund|cheaper|expensive|more|less|fewer|extra|additional|each|per|both|plus|minus|after"
    r"|before|between|change|apart|overall|all|times|for (?:the )?\w+ (?:nights?|days?|people"
    r"|tickets?)|longer|shorter|higher|lower|older|younger|increase\w*|decrease\w*|up|down|half|twice"
    r"|payments?|pays?|paid|cards?|certificates?|vouchers?|charged?|price"
    r"|grew|growth|rose|fell|drop\w*|gain\w*|loss|profit|due|owe\w*|balance|makes?|comes? to|so"
    r"|insgesamt|zusammen|gesamt\w*|differenz|totale?|diferencia|suma|différence|somme|soma)\b"
    r"|[共总差剩合余]",
    re.IGNORECASE,
)
_TIMES = word_set(
    "hour hours day days week weeks month months year years minute minutes annual annually yearly"
    " monthly weekly daily night nights"
)
_CLOSE = 24  # characters beside a number in which its unit stands
_FACTORS = (7, 12, 24, 30, 52, 60, 365)
_TIME_UNIT = re.compile(
    r"[\s-]*(?:to \d+ |- ?\d+ )?(?:business |working |calendar |full )?"
    r"(?:second|minute|min|hour|hr|day|night|week|month|year)s?\b",
    re.IGNORECASE,
)
_LARGER_UNIT = re.compile(
    r"(\d{1,4})[ -]?(?:h|hrs?|hours?|m|mins?|minutes?|Stunden?|Std\.?|Minuten?|horas?|heures?"
    r"|小时|分钟?)(?:,? (?:and|und|y|et|e))?\s*$"
)
_LEFT = re.compile(r"\b(?:leav\w+|left|remain\w*|balance|stays?|holds?|now)\b", re.IGNORECASE)
_BALANCES = 8  # outputs that may have told a balance
_AGE = re.compile(r"years? old|\baged?\b|\bage\b|turn(?:s|ed)|\bsince\b|\bis \d+\b", re.IGNORECASE)
_NEAR = 80  # characters before a number in which it is announced as computed
_AFTER = 40  # characters after it, likewise
_MOST = 24  # numbers of a reply that may add up to another
_RECENT = 3  # outputs and messages whose numbers are operands
_OPERANDS = 16  # numbers of the latest messages
_FIGURES = 4  # digits from which a sum or difference is not met by chance
_LEAST = 20  # integers below are products of something by chance
_SMALL = 12  # unexplained integers up to here are arguable
_LONGEST = 60  # days, hours or minutes of a notice that needs no source


class _Around(NamedTuple):
    """What stands before and after a number, the words next to it, and what they say of it."""

    before: str
    after: str
    near: frozenset[str]
    announced: bool
    percent: bool


class Computed:
    """The operands that a reply may compute with, and what they explain."""

    def __init__(self, reply: str, known: Evidence) -> None:
        self.reply, self.known = reply, known
        self.outputs = known.outputs[:_RECENT]
        users = known.users[:_RECENT]
        said = sorted({n for p in users for n in p.figures})
        self.said: list[Number] = said[:_OPERANDS]
        own = known.reply.figures if known.reply else []
        counts = {n for n in own if isinstance(n, int) and n <= 100}
        counts |= {n for p in self.outputs for n in p.ends.values()}
        passed = [n for p in known.passed_calls[:_RECENT] for n in p.numbers]
        counts |= {n for n in (*said, *passed) if isinstance(n, int) and n <= 100}
        few = [n for n in said if isinstance(n, int) and 1 < n <= 100]
        counts |= {one // other for one in few for other in counts if other > 1 and not one % other}
        self.counts = sorted(counts)
        self.passed = [n for p in known.passed_calls[:_RECENT] for n in p.figures if n >= _LEAST]
        self.before = [n for p in known.assistants[:1] for n in p.figures if n >= _SMALL]
        told = [p.plain for p in (known.reply, *users) if p]
        self.shares = any("%" in text for text in told)
        self.rates = [n for text in told for n in numbers_in(text)] if self.shares else []

    def explain(self, judged: list[tuple[Mention, Found]]) -> list[tuple[Mention, Found]]:
        """Return the values, each number that follows from others with how it does."""
        open_ones = [m for m, f in judged if m.judged_as == "number" and f.kind == "nowhere"]
        around = {mention: self._around(mention) for mention in open_ones}
        for again in range(3):  # what is computed may be computed with
            told = [m.value for m, f in judged if m.judged_as == "number" and f.kind != "nowhere"]
            before = judged
            judged = [
                (m, self._explained(m, f, told[:_MOST], around[m], again=again > 0))
                if m in around and f.kind == "nowhere"
                else (m, f)
                for m, f in judged
            ]
            if judged == before:
                break
        return [(m, self._arguable(m, f, judged)) for m, f in judged]

    def _around(self, mention: Mention) -> _Around:
        """Return what stands around a number, and whether that says that it is computed."""
        end = mention.start + len(mention.text)
        before = self.reply[max(0, mention.start - _NEAR) : mention.start]
        after = self.reply[end : end + _AFTER]
        announced = bool(_RELATED.search(before) or _RELATED.search(after))
        near = frozenset(flat(f"{before[-_CLOSE:]} {after[:_CLOSE]}").split())
        return _Around(before, after, near, announced, after.lstrip()[:1] == "%")

    def _explained(
        self, mention: Mention, found: Found, told: list[Number], at: _Around, *, again: bool
    ) -> Found:
        """Return where a number comes from; `again`: only `told` has changed since last time."""
        value = mention.value
        before, after, near, announced, percent = at
        how = self._shown(value, told, near, announced, percent)
        if again:
            return Found("derived", how) if how else found
        how = how or (self._from_outputs(value, near) if announced or percent else "")
        how = how or self._of_outputs(value, near)
        how = how or self._of_time(value, before, after) or self._of_records(value)
        if not how and _LEFT.search(f"{before[-_CLOSE:]} {after[:_CLOSE]}"):
            moved = {*told, *self.said, *self.passed, *self.before}
            how = balance(value, moved, self.known.outputs[:_BALANCES])
        return Found("derived", how) if how else found

    def _shown(
        self,
        value: Number,
        told: list[Number],
        near: frozenset[str],
        announced: bool,
        percent: bool,
    ) -> str:
        """Return how a number follows from those that the reply and the user have named."""
        operands = [*told, *self.said]
        if percent:
            how = ratio(value, operands)
            if how:
                return f"{how} in this reply"
        exact = isinstance(value, float) or len(str(abs(value))) >= _FIGURES
        how = ""
        if announced or exact:
            others = [*self.said, *self.before[:_OPERANDS]]
            how = running_sum(value, told) or combination(value, others, [*told, *self.passed])
        if announced or abs(value) >= _LEAST:
            timely = announced and not near.isdisjoint(_TIMES)
            how = how or scaled(value, operands, (*self.counts, *(_FACTORS if timely else ())))
        if not how and self.shares:
            rates = [n for n in (*operands, *self.rates) if 0 < n <= 100]
            how = percentage(value, [n for n in operands if n > 1], rates)
        return f"{how} in this reply" if how else ""

    def _from_outputs(self, value: Number, near: frozenset[str]) -> str:
        for passage in self.outputs:
            for numbers in passage.columns:
                if abs(sum(numbers) - value) < 0.01:
                    return f"sum over {passage.label}"
                if abs(fmean(numbers) - value) < 0.051 and len(numbers) > 1:
                    return f"average over {passage.label}"
            how = conversion(value, passage.ordered, near)
            if how:
                return f"{passage.label}: {how}"
        return combined(value, self.known)

    @lazy
    def records(self) -> list[list[Number]]:
        """The numbers by field of the records that the reply names."""
        return named_numbers(self.known, frozenset(self.reply.lower().replace(",", " ").split()))

    def _of_records(self, value: Number) -> str:
        """Return how a number follows from one field of the records that the reply names."""
        for numbers in self.records:
            how = combination(value, numbers, numbers) or scaled(value, [sum(numbers)], self.counts)
            if how:
                return f"{how} of the records named"
        return ""

    def _of_outputs(self, value: Number, near: frozenset[str]) -> str:
        """Return how a number is one of an output, rounded or in the unit beside it."""
        for passage in self.outputs:
            how = rounding(value, passage.ordered) or conversion(value, passage.ordered, near)
            if how:
                return f"{passage.label}: {how}"
        return ""

    def _of_time(self, value: Number, before: str, after: str) -> str:
        """Return how a number follows from two dates or times, or from the units of a number."""
        if not isinstance(value, int):
            return ""
        for passage in (*self.outputs, *self.known.users[:_RECENT]):
            if value in passage.ends.values():
                return f"{passage.label}: number of entries"
        larger = _LARGER_UNIT.search(before)
        if larger and any(
            int(larger[1]) * 60 + value in passage.ordered for passage in self.outputs
        ):
            return "the rest of a duration"
        if _TIME_UNIT.match(after):
            if value in gaps_between(self.outputs, self.known):
                return "between two times"
            how = conversion(
                value,
                sorted({n for p in self.outputs for n in p.ordered}),
                reply.words if (reply := self.known.reply) else frozenset(),
            )
            if how:
                return how
        if _AGE.search(before[-20:] + after) or "year" in after or "is " in before[-4:]:
            today = self.known.today
            years = [m.year for p in self.outputs for m in p.calendar.moments if m.year]
            if today and any(0 <= today.year - year - value <= 1 for year in years):
                return "years since then"
        return ""

    def _arguable(
        self, mention: Mention, found: Found, judged: list[tuple[Mention, Found]]
    ) -> Found:
        """Return what speaks for an unexplained number: it is announced, tiny or a usual notice."""
        if mention.judged_as != "number" or found != NOWHERE:
            return found
        end = mention.start + len(mention.text)
        before = self.reply[max(0, mention.start - _NEAR) : mention.start]
        told = sum(m.judged_as == "number" and f.kind != "nowhere" for m, f in judged)
        announced = _COMPUTED.search(before) if told > 1 else None
        if announced:
            return Found("nowhere", f"announced as {announced.group()!r}")
        if isinstance(mention.value, int) and mention.value <= _SMALL and mention.text[0].isdigit():
            return Found("nowhere", "a small number")
        unit = _TIME_UNIT.match(self.reply, end)
        if unit and mention.value <= _LONGEST and not self._measured(unit[0]):
            return Found("nowhere", "a usual period")
        most = max((n for p in self.outputs for n in p.ends.values()), default=0)
        if isinstance(mention.value, int) and mention.value < most:
            return Found("nowhere", "perhaps the number of some entries")
        return found

    def _measured(self, unit: str) -> bool:
        """Tell whether an output has told something in that unit."""
        stem = unit.strip(" -").split()[-1].lower()[:3]
        return any(word.startswith(stem) for p in self.outputs for word in (p.keys | p.words))
