"""The days that arguments name, and whether they fit the day on which a dialogue takes place."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from toolace_mt.schemas.paths import leaves
from toolace_mt.trajectory import JsonObject

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_PAST = re.compile(r"since|birth|born|past|measured|history|published|issued|created|start_of")


def days_in(arguments: JsonObject) -> Iterator[tuple[date, bool]]:
    """Yield the days that arguments name in ISO form, and whether their names speak of the past."""
    for path, value in leaves(arguments):
        if isinstance(value, str) and _ISO.match(value):
            with suppress(ValueError):  # 2026-02-31, by a model
                yield date.fromisoformat(value[:10]), _PAST.search(path) is not None


def fits_today(arguments: JsonObject, today: str) -> bool:
    """Tell whether no day is gone by, or to come where the past is spoken of; `today` may be ""."""
    if not today:
        return True
    now = date.fromisoformat(today)
    return all((day <= now) if past else (day >= now) for day, past in days_in(arguments))
