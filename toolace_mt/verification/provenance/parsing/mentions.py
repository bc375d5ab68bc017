"""The values in an assistant's reply: addresses, dates, times, identifiers, numbers, names."""

import re
from operator import itemgetter
from typing import Any, NamedTuple

from toolace_mt.caching import cached
from toolace_mt.verification.provenance.parameters import Class
from toolace_mt.verification.provenance.parsing.numbers import CURRENCY_SIGNS, Number, parse_number

_MOST = 300  # values of one reply that are judged
_LONGEST = 50_000  # characters of one reply that are read
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_OTHER_MONTH = (
    r"(?:[Ee]nero|[Ff]ebrero|[Mm]ar[zç]o|[Aa]bril|[Mm]ayo|[Jj]unio|[Jj]ulio|[Aa]gosto"
    r"|[Ss]eptiembre|[Oo]ctubre|[Nn]oviembre|[Dd]iciembre|Januar|Februar|März|Mai|Juni|Juli"
    r"|Oktober|Dezember|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre"
    r"|novembre|décembre|maio|junho|julho|setembro|outubro|novembro|dezembro)"
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{0,64}\w|https?://[^\s)>\]\"']+")
_DIGITS = re.compile(r"\d+")
_NUMERIC = re.compile(
    rf"""
    (?P<date>\d{{4}}-\d\d?-\d\d?(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?
      |\d\d?/\d\d?/\d{{2,4}}
      |(?!24/7)\d\d?/\d\d?(?![\d/])
      |{_MONTH}\ \d\d?(?:st|nd|rd|th)?(?:,?\ \d{{4}})?(?!\d)
      |\d\d?(?:st|nd|rd|th)?\ (?:of\ )?{_MONTH}(?:,?\ \d{{4}})?
      |\d\d?\.?\ (?:de\ )?{_OTHER_MONTH}(?:\ (?:de\ )?\d{{4}})?
      |(?:\d{{4}}\s*年\s*)?\d\d?\s*月(?:\s*\d\d?\s*[日号])?
      |\d\d?\s*[点时](?:半|\s*\d\d?\s*分?)?
      |\d\d?:\d\d(?::\d\d)?(?:\ ?[AaPp]\.?[Mm]\b)?|\b\d\d?\ ?[AaPp]\.?[Mm]\b)
  | (?P<dotted>\d+(?:\.\d+){{2,}})
  | (?P<identifier>\#?\b(?=[\w-]{{0,60}}\d)(?=[\w-]{{0,60}}[A-Za-z])
      [A-Za-z0-9]+(?:[-_×][A-Za-z0-9]+)*)
  | (?P<number>[{CURRENCY_SIGNS}]?\d{{1,3}}(?:\.\d{{3}})+,\d\d?(?!\d)
      |[{CURRENCY_SIGNS}]?\d{{1,3}}(?:,\d{{2,3}})+(?:\.\d+)?
      |[{CURRENCY_SIGNS}]?\d+,\d\d?(?![\d,])|[{CURRENCY_SIGNS}]?\d+(?:\.\d+)?)
    """,
    re.VERBOSE,
)
_MONTH_BEFORE = re.compile(rf"{_MONTH} $")
_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)+")
_COUNTED = re.compile(
    r"(\d+)(?:st|nd|rd|th|(?:-[a-z]+)+|s|x|k|am|pm|h|m|km|kg|g|mg|ml|cm|mm|[kmgt]b|min|hr|hrs)",
    re.IGNORECASE,
)
_KEY = re.compile(r'"[^"\n]{1,80}":')
_LIST_MARKS = (".", ")", ":")
_SMALL = 3  # numbers up to here are as often words ("one of the 2") as facts


class Mention(NamedTuple):
    """A value in a reply: its start, its spelling, as a number or text, its class."""

    start: int
    text: str
    value: Any
    judged_as: Class


@cached
def mentions(reply: str) -> tuple[Mention, ...]:
    """Return the values of a reply in order; at most 300."""
    reply = _without_keys(reply[:_LONGEST])
    found = _addresses(reply) if "@" in reply or "://" in reply else []
    found += _numeric(reply, [(m.start, m.start + len(m.text)) for m in found])
    found += _names(reply)
    found.sort(key=itemgetter(0))
    return tuple(found[:_MOST])


def _without_keys(reply: str) -> str:
    """Return a reply with the keys of its JSON blanked out: they are chosen, not told."""
    return _KEY.sub(lambda key: " " * len(key[0]), reply) if '":' in reply else reply


def _addresses(reply: str) -> list[Mention]:
    found = [(match.start(), match.group().rstrip(".,;:!?")) for match in _ADDRESS.finditer(reply)]
    return [Mention(start, text, text, "identifier") for start, text in found]


def _numeric(reply: str, taken: list[tuple[int, int]]) -> list[Mention]:
    """Return what has digits: looked for by its digits, then read from the start of its word."""
    found: list[Mention] = []
    end = 0
    for digits in _DIGITS.finditer(reply):
        at = digits.start()
        if at < end or len(found) >= _MOST:
            continue
        if taken and any(start <= at < stop for start, stop in taken):
            continue
        start = max(reply.rfind(" ", end, at), reply.rfind("\n", end, at), end - 1) + 1
        if reply[max(end, start - 2) : start - 1].isalpha():  # perhaps the name of a month
            month = _MONTH_BEFORE.search(reply, max(end, start - 11), start)
            start = month.start() if month else start
        match = _NUMERIC.search(reply, start)
        if match is None:
            break
        end = max(match.end(), digits.end())
        mention = _mention(match)
        if mention is not None:
            found.append(mention)
    return found


def _mention(match: re.Match[str]) -> Mention | None:
    text, kind = match.group(), match.lastgroup
    if kind == "date":
        return Mention(match.start(), text, text, "date")
    if kind == "dotted":  # an address or a version
        return Mention(match.start(), text, text, "identifier")
    written = text
    if kind == "identifier":
        counted = _COUNTED.fullmatch(text) if text[0].isdigit() else None
        if counted is None:
            return Mention(match.start(), text, text, "identifier")
        written = counted[1]
    number = parse_number(written)
    if number is None or _is_no_fact(match, written, number):
        return None
    return Mention(match.start(), text, number, "number")


def _is_no_fact(match: re.Match[str], written: str, number: Number) -> bool:
    """Tell whether a number is tiny, numbers the lines of a list, or is part of an idiom."""
    if isinstance(number, int) and abs(number) <= _SMALL and written[0].isdigit():
        return True
    reply, start, end = match.string, match.start(), match.end()
    if reply[end : end + 1] in _LIST_MARKS:
        line = reply[reply.rfind("\n", 0, start) + 1 : start]
        if not line.strip(" *-#"):
            return True
    return "24/7" in reply[max(0, start - 3) : end + 2] or reply.endswith("out of ", 0, start)


def _names(reply: str) -> list[Mention]:
    """Return names of several words that do not open a sentence."""
    found = []
    for match in _NAME.finditer(reply):
        before = reply[max(0, match.start() - 2) : match.start()]
        heading = reply[match.end() : match.end() + 3].strip(" *")[:1] == ":"
        if before[1:] == " " and (before[:1].islower() or before[:1] in ",;") and not heading:
            found.append(Mention(match.start(), match.group(), match.group(), "value"))
    return found
