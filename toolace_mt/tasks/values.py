"""Whether one value of an answer is right, by the rule that the key has for its place.

A rule is a JSON object. Its `kind` is one of

- exact: the value itself; 20 is 20.0, spaces around a text do not count.
- name: a text, whose case and spaces do not count, nor the seconds of a full minute, nor whether
  `T` or a space stands between date and time.
- close: a computed number, within `within` of the value.
- choice: any of `of`.
- any: any value of the JSON type `type` that is not empty.
- prose: any text that is not blank and, where the rule has `holds`, has these words in it.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

_ISO_TIME = re.compile(r"(\d\d:\d\d)(?::(\d\d)(?:\.0+)?)?(z|\+00:?00)?")
_SPACE = re.compile(r"\s+")


def same(given: Any, wanted: Any) -> bool:
    """Tell whether two JSON values are equal: numbers by value, booleans are no numbers."""
    if isinstance(wanted, bool) or isinstance(given, bool):
        return given is wanted
    if _is_number(wanted) and _is_number(given):
        return bool(given == wanted)
    if isinstance(wanted, str) and isinstance(given, str):
        return given.strip() == wanted.strip()
    if isinstance(wanted, list) and isinstance(given, list):
        pairs = zip(given, wanted, strict=False)
        return len(given) == len(wanted) and all(same(*pair) for pair in pairs)
    if isinstance(wanted, dict) and isinstance(given, dict):
        return given.keys() == wanted.keys() and all(same(given[k], wanted[k]) for k in wanted)
    return given is None and wanted is None


def right(given: Any, wanted: Any, rule: Mapping[str, Any]) -> bool:
    """Tell whether a value is right by a rule (see the module), `wanted` being the known one."""
    if same(given, wanted):
        return True
    judge = _JUDGES.get(rule.get("kind", "exact"))
    return judge is not None and judge(given, wanted, rule)


def _name(given: Any, wanted: Any, _: Mapping[str, Any]) -> bool:
    return isinstance(given, str) and isinstance(wanted, str) and _clock(given) == _clock(wanted)


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()


def _clock(text: str) -> str:
    """Return a date or time in one spelling: with seconds, a space in place of `T`."""
    plain = re.sub(r"(?<=\d)t(?=\d)", " ", _plain(text))
    return _ISO_TIME.sub(lambda m: f"{m[1]}:{m[2] or '00'}{'z' if m[3] else ''}", plain)


def _close(given: Any, wanted: Any, rule: Mapping[str, Any]) -> bool:
    if not (_is_number(given) and _is_number(wanted)) or abs(given) > 1e300:
        return False
    return bool(abs(float(given) - float(wanted)) <= rule.get("within", 0))


def _choice(given: Any, _: Any, rule: Mapping[str, Any]) -> bool:
    return any(same(given, option) for option in rule.get("of", ()))


def _any(given: Any, _: Any, rule: Mapping[str, Any]) -> bool:
    fits = _TYPES.get(rule.get("type", ""))
    return fits is not None and fits(given)


def _prose(given: Any, _: Any, rule: Mapping[str, Any]) -> bool:
    if not isinstance(given, str):
        return False
    return bool(given.strip()) and _plain(rule.get("holds", "")) in _plain(given)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and value % 1 == 0


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str) and bool(value.strip()),
    "number": _is_number,
    "integer": _is_whole,
    "boolean": lambda value: isinstance(value, bool),
}
_JUDGES: dict[str, Callable[[Any, Any, Mapping[str, Any]], bool]] = {
    "name": _name,
    "close": _close,
    "choice": _choice,
    "any": _any,
    "prose": _prose,
}
