"""The days that values name, and whether they fit the day on which a dialogue takes place."""

import random
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Literal

from toolace_mt.schemas.paths import leaves
from toolace_mt.schemas.words import words_of
from toolace_mt.trajectory import JsonObject

When = Literal["ahead", "behind", "now", "ever"]

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_PAST = re.compile(
    r"since|birth|born|past|measured|history|published|issued|created|received|posted|start_of"
)
_BORN = re.compile(r"birth|born")
_PLANNED = frozenset(("scheduled", "expected", "estimated", "planned", "needed", "reserved"))
_FARTHEST = 120  # days from today; what lies farther away is moved nearer
_SOON = 30  # most days between today and the nearest day of a value that was moved


def days_in(arguments: JsonObject) -> Iterator[tuple[date, bool]]:
    """Yield the days that arguments name in ISO form, and whether their names speak of the past."""
    for path, day in _days(arguments):
        yield day, _PAST.search(path) is not None


def fits_today(arguments: JsonObject, today: str) -> bool:
    """Tell whether no day is gone by, or to come where the past is spoken of; `today` may be ""."""
    if not today:
        return True
    now = date.fromisoformat(today)
    return all((day <= now) if past else (day >= now) for day, past in days_in(arguments))


def timely(value: Any, today: str, rng: random.Random) -> Any:
    """Return arguments or an output whose days fit `today`, which may be "" for any day.

    What is written when a call is made (`sent_at`) has the day of today, what has happened before
    (`received_on`) lies behind it, all else ahead. Days of one sort are moved together, so that
    their order and their distances stay; those that fit stay as they are. Birthdays do too.
    """
    if not today:
        return value
    now = date.fromisoformat(today)
    by_sort: dict[When, set[date]] = {}
    for path, day in _days(value):
        by_sort.setdefault(_when(path), set()).add(day)
    moves = {sort: _move(sort, days, now, rng) for sort, days in sorted(by_sort.items())}
    return _moved(value, "", moves, now) if any(moves.values()) or "now" in moves else value


def _days(value: Any) -> Iterator[tuple[str, date]]:
    for path, leaf in leaves(value):
        if isinstance(leaf, str) and _ISO.match(leaf):
            with suppress(ValueError):  # 2026-02-31, by a model
                yield path, date.fromisoformat(leaf[:10])


def _when(path: str) -> When:
    name = re.sub(r"\[\d+\]", "", path).rsplit(".", 1)[-1]
    words = words_of(name)
    if _BORN.search(name):
        return "ever"
    done = words[-2] if len(words) > 1 and words[-1] == "at" else ""
    if (done.endswith("ed") and done not in _PLANNED) or done == "sent":
        return "now"
    return "behind" if _PAST.search(name) else "ahead"


def _move(sort: When, days: set[date], today: date, rng: random.Random) -> int:
    """Return by how many days to move those of a sort."""
    first, last = min(days), max(days)
    if sort == "ahead" and not 0 < (first - today).days <= _FARTHEST:
        return (today - first).days + rng.randint(1, _SOON)
    if sort == "behind" and not 0 < (today - last).days <= _FARTHEST:
        return (today - last).days - rng.randint(1, _SOON)
    return 0


def _moved(value: Any, path: str, moves: dict[When, int], today: date) -> Any:
    if isinstance(value, dict):
        return {k: _moved(v, f"{path}.{k}", moves, today) for k, v in value.items()}
    if isinstance(value, list):
        return [_moved(inner, path, moves, today) for inner in value]
    if not isinstance(value, str) or not _ISO.match(value):
        return value
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return value
    sort = _when(path)
    new = today if sort == "now" else day + timedelta(days=moves.get(sort, 0))
    return new.isoformat() + value[10:]
