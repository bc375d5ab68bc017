"""Arguments of a call that stand in each other's place: from and to, begin and end, least and most.

Two parameters are a pair if their names differ only in words that mean opposite ends of something.
Which value belongs where, the user's words say: "from Oslo", "to Rome", "Oslo to Rome", "Oslo ->
Rome"; of two dates the earlier begins.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.parameters import Leaf, snake_case
from toolace_mt.verification.provenance.parsing.dates import read_dates
from toolace_mt.verification.provenance.parsing.numbers import is_amount
from toolace_mt.verification.provenance.parsing.words import word_set

_PAIRS = tuple(
    (word_set(first), word_set(second))
    for first, second in (
        (
            "origin from source departure depart sender start payer donor debit debtor base by"
            " giver outbound leaving",
            "destination to target arrival arrive recipient receiver end payee beneficiary credit"
            " creditor quote return inbound",
        ),
        ("von de da", "nach a para"),
        (
            "start begin checkin in pickup since min minimum first opening",
            "end checkout out return dropoff until max finish last closing",
        ),
        ("pick", "drop"),
    )
)
_COMING, _GOING = word_set("arrival arrive arriving"), word_set("departure depart departing")
_TRAVEL = word_set("origin destination from to flight flights airport station route leg train bus")
_FROM = word_set("from leaving departing out von aus ab desde de da depuis")
_TO = word_set("to into towards toward nach zu hacia a para vers in")
_BETWEEN = re.compile(
    r"[\s,]*(?:-+>|=+>|[→➔>–—-]|to|into|in|towards?|nach|para|hacia|vers|至|到|飞往?|a|à)\s*"
)
_BACK = word_set("return returning round back roundtrip vuelta regreso zurück hin retour 往返")
_MYSELF = re.compile(
    r"\b(?:i['’]m|i am|my name is|my name['’]s|this is|me llamo|soy|ich bin|ich heiße|je suis"
    r"|je m['’]appelle)\s+|我(?:是|叫)"
)
_TO_ME = re.compile(
    r"\b(?:to me|sen(?:ds?|t) me|mir|an mich|moi|(?:a|para) mí)\b"
    r"|\b(?:me |m['’])(?:env|mand|pag|deposit|transf|vers)"
    r"|\b(?:env|m[aá]nd|p[aá]g|dep[oó]sit|transf)\w{1,5}me(?:l[oa]s?)?\b"
    r"|[给寄发转]我"
)
_LEAST = word_set("min minimum lowest lower")
_MOST = word_set("max maximum highest upper")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?")
_RECENT = 2  # messages that say which is which
_LONGEST = 60  # characters of a value that has a place


def swapped(leaves: Sequence[Leaf], known: Evidence) -> dict[str, str]:
    """Return what speaks against values that stand in each other's place, by path."""
    found: dict[str, str] = {}
    texts = [
        leaf for leaf in leaves if isinstance(leaf.value, str) and 1 < len(leaf.value) <= _LONGEST
    ]
    for one, other in _pairs(texts, _opposite):
        if one.value != other.value and _in_wrong_order(one, other, leaves, known):
            found[one.path] = f"was told as the {snake_case(other.name).replace('_', ' ')}"
    amounts = [leaf for leaf in leaves if is_amount(leaf.value)]
    for one, other in _pairs(amounts, _is_least_and_most):
        if one.value > other.value > 0:
            found[one.path] = f"is more than the {snake_case(other.name).replace('_', ' ')}"
    return found


def _pairs(
    leaves: Sequence[Leaf], related: Callable[[str, str], bool]
) -> Iterator[tuple[Leaf, Leaf]]:
    """Yield the pairs of leaves with related names; each two names are compared once."""
    names = dict.fromkeys(leaf.name for leaf in leaves)
    partners = {name: {other for other in names if related(name, other)} for name in names}
    for one in leaves:
        if partners[one.name]:
            yield from ((one, other) for other in leaves if other.name in partners[one.name])


@lru_cache(maxsize=16384)
def _is_least_and_most(first: str, second: str) -> bool:
    """Tell whether two parameters bound one thing from below and from above."""
    words, others = _words(first), _words(second)
    common = words & others
    return bool(words - common <= _LEAST and others - common <= _MOST and words ^ others)


@lru_cache(maxsize=16384)
def _opposite(first: str, second: str) -> bool:
    """Tell whether two names are of opposite ends: of a way, a transfer, a time."""
    words, others = _words(first), _words(second)
    one, two = words - others, others - words
    if any(one & a and two & b for a, b in _PAIRS):
        return True
    return bool(one & _COMING and two & _GOING)


def _words(name: str) -> set[str]:
    return set(snake_case(name).split("_"))


def _in_wrong_order(one: Leaf, other: Leaf, leaves: Sequence[Leaf], known: Evidence) -> bool:
    """Tell whether `one`, which names the beginning, has what belongs to the end, `other`."""
    start, end = one.value, other.value
    if _DAY.fullmatch(start) and _DAY.fullmatch(end):
        return bool(start[:10] > end[:10]) and _begins(one, other, leaves)
    if _is_dated(start) or _is_dated(end):
        return False
    if _is_sent_by_another(start, end, known):
        return True
    if any(not _BACK.isdisjoint(passage.words) for passage in known.users) and not any(
        not _BACK.isdisjoint(_words(leaf.name)) for leaf in leaves
    ):
        return False  # it may be the way back
    told = [passage.text.lower() for passage in known.users[:_RECENT]]
    first, second = start.lower(), end.lower()
    return any(_leads(text, second, first) for text in told) and not any(
        _leads(text, first, second) for text in told
    )


def _begins(one: Leaf, other: Leaf, leaves: Sequence[Leaf]) -> bool:
    """Tell whether the first of two dates is the earlier one: a stay begins with an arrival."""
    words, others = _words(one.name), _words(other.name)
    travel = any(not _TRAVEL.isdisjoint(_words(leaf.name)) for leaf in leaves)
    if words & _COMING and others & _GOING:
        return not travel
    return not (words & _GOING and others & _COMING) or travel


def _is_dated(value: str) -> bool:
    return any(moment.day for readings in read_dates(value) for moment in readings)


def _leads(lower: str, start: str, end: str) -> bool:
    """Tell whether a text names a way that leads from one value to the other."""
    for at in _places(lower, start):
        between = _BETWEEN.match(lower, at + len(start))
        if between and lower.startswith(end, between.end()):
            return True
    return any(_led_by(lower, at) in _FROM for at in _places(lower, start)) and any(
        _led_by(lower, at) in _TO for at in _places(lower, end)
    )


def _places(lower: str, value: str) -> list[int]:
    """Return where a text has a value as words of their own."""
    whole = re.compile(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])")
    return [match.start() for match in whole.finditer(lower)]


def _led_by(lower: str, at: int) -> str:
    """Return the word before a place in a text, or the one before that if it is none of ours."""
    words = lower[max(0, at - 24) : at].split()[-2:]
    return next((word for word in reversed(words) if word in _FROM | _TO), "")


def _is_sent_by_another(sender: str, receiver: str, known: Evidence) -> bool:
    """Tell whether the user, who has said who that is, stands as the receiver of another's."""
    for passage in known.users:
        lower = passage.text.lower()
        for match in _MYSELF.finditer(lower):
            if lower.startswith(receiver.lower(), match.end()) and sender.lower() in lower:
                return _TO_ME.search(lower) is None
    return False
