"""Looking one value up in what a dialogue has told: literally first, then in other forms."""

from typing import Any, Literal, NamedTuple

from toolace_mt.verification.provenance_aliases import other_names
from toolace_mt.verification.provenance_dates import (
    explain_date,
    explain_minutes,
    minutes_in,
    whole_dates,
)
from toolace_mt.verification.provenance_known import Known, Passage
from toolace_mt.verification.provenance_numbers import (
    Number,
    combination,
    conversion,
    parse_number,
    rounding,
)
from toolace_mt.verification.provenance_schema import Class, Leaf, allowed_by_schema, snake_case
from toolace_mt.verification.provenance_words import (
    STOPWORDS,
    abbreviates,
    flat,
    related,
    split_flat,
)

Kind = Literal["user", "output", "schema", "derived", "text", "nowhere"]

_TEXT_OVERLAP = 0.3  # share of a free text's words that must have been said before
_AMOUNTS = (
    *("amount", "total", "sum", "price", "cost", "budget", "fee", "balance", "quantity", "count"),
    *("difference", "duration", "minutes", "points", "score", "distance", "weight", "calories"),
    *("tip", "tax", "discount", "payment", "limit", "value", "average", "percent"),
)


class Found(NamedTuple):
    """What a look-up says: the kind of origin and its source."""

    kind: Kind
    source: str


NOWHERE = Found("nowhere", "")


def look_up(value: Any, judged_as: Class, leaf: Leaf | None, known: Known) -> Found:
    """Return where `value` comes from. `leaf` is its parameter; None for a value in a reply."""
    if isinstance(value, bool):
        return _boolean(value, leaf, known)
    if isinstance(value, int | float):
        return _number(value, leaf, known)
    if not isinstance(value, str):
        return NOWHERE
    phrase = flat(value)
    if phrase == " ":
        return Found("schema", "empty")
    return (
        _literal(value, phrase, known)
        or _by_class(value, phrase, judged_as, leaf, known)
        or _by_schema(value, leaf)
        or _from_assistant(phrase, known)
        or NOWHERE
    )


def _literal(value: str, phrase: str, known: Known) -> Found | None:
    for passage in known.recent("user"):
        if phrase in passage.flat:
            return Found("user", passage.label)
    source = known.values.get(value)
    if source is not None:
        return Found("output", source)
    for passage in known.recent("output"):
        if phrase in passage.flat:
            return Found("output", passage.where(phrase))
    return None


def _by_class(
    value: str, phrase: str, judged_as: Class, leaf: Leaf | None, known: Known
) -> Found | None:
    dated = _date(value, known)
    if dated is not None:
        return dated
    number = parse_number(value)
    if number is not None:
        found = _number(number, leaf, known)
        return None if found.kind == "nowhere" else found
    respelt = _respelt(value, phrase, known)
    if respelt is not None or judged_as == "identifier":
        return respelt
    if judged_as == "text":
        return _overlap(phrase, known) or _reworded(value, phrase, known)
    return _reworded(value, phrase, known)


def _boolean(value: bool, leaf: Leaf | None, known: Known) -> Found:
    wanted = flat(snake_case(leaf.name) if leaf else "").split()
    for passage in known.recent("user"):
        if any(len(word) > 3 and word in passage.words for word in wanted):
            return Found("derived", f"wording of {passage.label}")
    allowed = allowed_by_schema(leaf.schema, value) if leaf else ""
    return Found("schema", allowed or "either value of a boolean")


def _number(value: Number, leaf: Leaf | None, known: Known) -> Found:
    for passage in known.recent("user"):
        if value in passage.numbers or (value < 0 and -value in passage.numbers):
            return Found("user", passage.label)
    source = known.values.get(value)
    if source is not None:
        return Found("output", source)
    for passage in known.recent("output"):
        if value in passage.numbers:
            return Found("output", passage.label)
    derived = _derived_number(value, leaf, known)
    if derived is not None:
        return derived
    allowed = allowed_by_schema(leaf.schema, value) if leaf else ""
    if allowed:
        return Found("schema", allowed)
    for passage in known.recent("assistant"):
        if value in passage.numbers:
            return Found("derived", f"the assistant's words in {passage.label}")
    return NOWHERE


def _derived_number(value: Number, leaf: Leaf | None, known: Known) -> Found | None:
    name = snake_case(leaf.name) if leaf else ""
    described = str(leaf.schema.get("description", ""))[:300] if leaf else ""
    for passage in known.latest():
        numbers = sorted(passage.numbers)[:64]
        near = f"{name} {described} {passage.raw[:2000]}".lower()
        how = conversion(value, numbers, near) or (
            rounding(value, numbers) if passage.speaker == "output" or "." in str(value) else ""
        )
        counted = passage.speaker == "output" and _counts(value, passage)
        if how or counted:
            return Found("derived", f"{passage.label}: {how or 'number of entries'}")
    if not leaf or not any(word in name for word in _AMOUNTS):
        return None
    told = [n for passage in known.latest() for n in sorted(passage.numbers)][:16]
    how = combination(value, told)
    return Found("derived", how) if how else None


def _counts(value: Number, passage: Passage) -> bool:
    """Tell whether the output has a list of that many entries."""
    if not isinstance(value, int) or not 0 < value <= 1000:
        return False
    last, beyond = f"[{value - 1}]", f"[{value}]"
    prefixes = {path.split(last)[0] for path, _ in passage.leaves if last in path}
    return any(
        not any(path.startswith(prefix + beyond) for path, _ in passage.leaves)
        for prefix in prefixes
    )


def _date(value: str, known: Known) -> Found | None:
    """Judge a value that is a date, a date-time or a time; None if it is neither."""
    moments = whole_dates(value)
    clock = sorted(minutes_in(value.partition("T")[2] if moments else value))
    if not moments and (len(value) > 12 or ":" not in value or not clock):
        return None
    sources: list[str] = []
    for moment in moments[:1]:
        for passage in known.recent():
            how = explain_date(moment, passage.calendar, known.today)
            if how:
                sources.append(f"{passage.label}: {how}")
                break
    if not sources and moments:
        return NOWHERE
    return _clock(value, clock, bool(moments), sources, known)


def _clock(
    value: str, clock: list[int], dated: bool, sources: list[str], known: Known
) -> Found | None:
    boundary = dated and (not clock or clock[0] in (0, 1439, 1440))
    if not boundary:
        for passage in known.recent():
            how = next((h for m in clock if (h := explain_minutes(m, passage.calendar))), "")
            if how:
                sources.append(f"{passage.label}: {how}")
                break
        else:
            return NOWHERE
    return Found("derived", "; ".join(dict.fromkeys(sources)) or value)


def _respelt(value: str, phrase: str, known: Known) -> Found | None:
    """Find the same letters and digits with other separators: "FL2093" and "FL-2093"."""
    split = split_flat(phrase)
    digits = "".join(c for c in value if c.isdigit())
    long_number = len(digits) >= 7 and not any(c.isalpha() for c in value)
    squeezed = phrase.replace(" ", "") if phrase.replace(" ", "").isalpha() else ""
    for passage in known.recent("user", "output"):
        if split in passage.split:
            return _derived(passage, "other separators")
        if long_number and digits in passage.flat.replace(" ", ""):
            return _derived(passage, "other separators")
        if len(squeezed) > 5 and squeezed in passage.flat.replace(" ", ""):
            return _derived(passage, "other separators")
    return None


def _derived(passage: Passage, how: str) -> Found:
    return Found("derived", f"{passage.label}: {how}")


def _reworded(value: str, phrase: str, known: Known) -> Found | None:
    """Find the words of a value in other forms, as another name, or shortened."""
    words = phrase.split()
    for passage in known.recent("user", "output"):
        for alias in other_names(phrase):
            if alias in passage.flat:
                return _derived(passage, f"{alias.strip()!r}")
        if len(words) == 1 and value.isupper() and abbreviates(words[0], passage.flat.split()):
            return _derived(passage, "abbreviated")
    head = flat(value.partition(",")[0]).split()
    for passage in known.recent("user", "output"):
        if _all_related(words, passage.words):
            return _derived(passage, "its words in other forms")
        tail_is_words = not any(c.isdigit() for c in "".join(words[len(head) :]))
        if len(head) < len(words) and tail_is_words and _all_related(head, passage.words):
            return _derived(passage, "with an addition after the comma")
    return None


def _all_related(words: list[str], known: frozenset[str]) -> bool:
    telling = [word for word in words if word not in STOPWORDS]
    return bool(telling) and all(related(word, known) for word in telling)


def _overlap(phrase: str, known: Known) -> Found | None:
    """Judge a free text: enough of its telling words were said, and all of its digits."""
    telling = {word for word in phrase.split() if word not in STOPWORDS and len(word) > 1}
    if not telling:
        return Found("text", "no telling words")
    told = frozenset().union(*(passage.words for passage in known.recent()))
    shared = {word for word in telling if related(word, told)}
    invented = {word for word in telling - shared if any(c.isdigit() for c in word)}
    if len(shared) < _TEXT_OVERLAP * len(telling) or invented:
        return None
    return Found("text", f"{len(shared)} of {len(telling)} words said before")


def _by_schema(value: Any, leaf: Leaf | None) -> Found | None:
    allowed = allowed_by_schema(leaf.schema, value) if leaf else ""
    return Found("schema", allowed) if allowed else None


def _from_assistant(phrase: str, known: Known) -> Found | None:
    for passage in known.recent("assistant"):
        if phrase in passage.flat:
            return Found("derived", f"the assistant's words in {passage.label}")
    return None
