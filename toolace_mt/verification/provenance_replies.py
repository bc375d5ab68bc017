"""Values in the assistant's replies: what counts as one, and what a reply may derive them from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolace_mt.trajectory import Trajectory
from toolace_mt.verification.provenance_known import NOWHERE, Found, Known
from toolace_mt.verification.provenance_numbers import Number, combination, parse_number
from toolace_mt.verification.provenance_schema import Class
from toolace_mt.verification.provenance_words import flat, related

_MOST = 300  # values of one reply that are judged
_LONGEST = 50_000
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_MENTION = re.compile(
    rf"""
    (?P<address>[\w.+-]+@[\w-]+\.[\w.-]*\w|https?://[^\s)>\]"']+)
  | (?P<date>\d{{4}}-\d\d?-\d\d?(?:[T ]\d\d:\d\d(?::\d\d)?)?
      |\d\d?/\d\d?/\d{{2,4}}
      |{_MONTH}\ \d\d?(?:st|nd|rd|th)?(?:,?\ \d{{4}})?(?!\d)
      |\d\d?(?:st|nd|rd|th)?\ (?:of\ )?{_MONTH}(?:,?\ \d{{4}})?
      |\d\d?:\d\d(?::\d\d)?(?:\ ?[AaPp]\.?[Mm]\b)?|\b\d\d?\ ?[AaPp]\.?[Mm]\b)
  | (?P<identifier>(?=[\w#-]*\d)(?=[\w#-]*[A-Za-z])[A-Za-z0-9#]+(?:[-_][A-Za-z0-9]+)*)
  | (?P<number>[$€£¥₹]?\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|[$€£¥₹]?\d+(?:\.\d+)?)
  | (?P<value>(?<=[a-z,;]\ )[A-Z][a-z]+(?:\ [A-Z][a-z]+)+)
    """,
    re.VERBOSE,
)
_COUNTED = re.compile(
    r"\d+(?:st|nd|rd|th|s|x|k|am|pm|h|m|km|kg|g|mg|ml|cm|mm|mb|gb|tb|min|hr|hrs)?", re.IGNORECASE
)
_SUMS = re.compile(
    r"\b(total|sum|altogether|combined|together|difference|more|less|cheaper|saving|save|remaining"
    r"|left|per|each|average|increase|decrease|change|overall|profit|loss|plus|minus|times)\b",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*$")
_SMALL = 3  # numbers up to here are as often words ("one of the 2") as facts


@dataclass(frozen=True, slots=True)
class Mention:
    """A value in a reply: its start, its spelling, as a number or text, its class."""

    start: int
    text: str
    value: Any
    judged_as: Class


def mentions(reply: str) -> Iterator[Mention]:
    """Yield the values of a reply: addresses, dates, times, identifiers, numbers, names."""
    found = 0
    for match in _MENTION.finditer(reply[:_LONGEST]):
        mention = _mention(match)
        if mention is not None:
            found += 1
            yield mention
        if found >= _MOST:
            return


def _mention(match: re.Match[str]) -> Mention | None:
    text, start = match.group(), match.start()
    match match.lastgroup:
        case "address":
            return Mention(start, text, text, "identifier")
        case "date":
            return Mention(start, text, text, "date")
        case "identifier":
            if _COUNTED.fullmatch(text):
                digits = re.match(r"\d+", text)
                return _numeric(match, digits.group() if digits else text)
            return Mention(start, text, text, "identifier")
        case "number":
            return _numeric(match, text)
        case _:
            return Mention(start, text, text, "value")


def _numeric(match: re.Match[str], text: str) -> Mention | None:
    number = parse_number(text)
    if number is None or (abs(number) <= _SMALL and isinstance(number, int) and text[0].isdigit()):
        return None
    after = match.string[match.end() : match.end() + 2]
    before = match.string[max(0, match.start() - 12) : match.start()]
    if after[:1] in (".", ")") and _LIST_NUMBER.search(before):
        return None
    return Mention(match.start(), match.group(), number, "number")


def told_by(mention: Mention, trajectory: Trajectory, known: Known) -> Found:
    """Look a value of a reply up where only replies may: arithmetic, own calls, tools."""
    if isinstance(mention.value, int | float):
        how = _arithmetic(mention.value, known)
        if how:
            return Found("derived", how)
    phrase = flat(mention.text)
    for passage in known.recent("assistant"):
        if phrase in passage.flat:
            return Found("derived", f"the assistant's words in {passage.label}")
    for tool in trajectory.tools:
        if phrase in flat(f"{tool.name} {tool.description} {tool.parameters}"):
            return Found("schema", f"definition of {tool.name}")
    if mention.judged_as == "value":
        told = frozenset().union(*(passage.words for passage in known.recent()))
        if all(related(word, told) for word in phrase.split()):
            return Found("derived", "its words were said before")
    return NOWHERE


def _arithmetic(value: Number, known: Known) -> str:
    numbers: list[Number] = []
    for passage in known.latest():
        numbers.extend(sorted(passage.numbers)[:8])
        if passage.speaker == "output":
            for total in _column_sums(passage.leaves):
                if abs(total - value) < 0.01:
                    return f"sum over {passage.label}"
    return combination(value, numbers[:12])


def _column_sums(leaves: list[tuple[str, Any]]) -> list[Number]:
    """Return the sum of each field over the entries of a list."""
    sums: dict[str, Number] = {}
    for path, value in leaves:
        if "[" in path and isinstance(value, int | float) and not isinstance(value, bool):
            column = re.sub(r"\[\d+\]", "[]", path)
            sums[column] = sums.get(column, 0) + value
    return list(sums.values())
