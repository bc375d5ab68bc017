"""Parts of an hour in German and the Romance languages: "halb vier", "las nueve y media"."""

import re
from collections.abc import Mapping

_HALVES = {
    **dict.fromkeys(("nachmittags", "abends", "nachts", "mittags", "tarde", "noche"), "pm"),
    **dict.fromkeys(("noite", "sera", "pomeriggio", "après-midi", "soir"), "pm"),
    **dict.fromkeys(("morgens", "früh", "vormittags", "mañana", "manhã", "mattina", "matin"), "am"),
}
_PARTS = {
    **{"halb": -30, "dreiviertel": -15, "viertel vor": -15, "viertel nach": 15},
    **{"fünf vor": -5, "fünf nach": 5, "zehn vor": -10, "zehn nach": 10},
    **{"zwanzig vor": -20, "zwanzig nach": 20},
    **dict.fromkeys(("y media", "e mezza", "e mezzo", "e meia", "et demie", "et demi"), 30),
    **dict.fromkeys(("y cuarto", "e un quarto", "et quart"), 15),
    **dict.fromkeys(("menos cuarto", "meno un quarto", "moins le quart"), -15),
}
_HALF = (
    r"(?: ?(?:uhr|heures?|h)\b)?(?: (?:(?:de|da|di|du) )?(?:(?:la|el) |l['’])?"
    rf"({'|'.join(_HALVES)})\b)?"
)
_GERMAN = re.compile(
    r"\b(halb|dreiviertel|(?:viertel|fünf|zehn|zwanzig) (?:vor|nach)) (\d\d?|[^\W\d_]+)\b" + _HALF
)
_ROMANCE = re.compile(
    r"\b(\d\d?|[^\W\d_]+)(?: heures?)? (y media|y cuarto|menos cuarto|e mezz[ao]|e un quarto"
    r"|e meia|meno un quarto|et demie?|et quart|moins le quart)\b" + _HALF
)
_SIGNS = ("halb ", "viertel", " vor ", " nach ", " y ", " menos ", " e ", "meno", " et ", "moins")


def with_parts(lower: str, numbers: Mapping[str, str]) -> str:
    """Return a text in lower case with parts of hours as "at 3:30 pm".

    `numbers` are the words for numbers, as digits.
    """
    if not any(sign in lower for sign in _SIGNS):
        return lower
    lower = _GERMAN.sub(lambda m: _clock(m[0], numbers.get(m[2], m[2]), m[1], m[3]), lower)
    return _ROMANCE.sub(lambda m: _clock(m[0], numbers.get(m[1], m[1]), m[2], m[3]), lower)


def _clock(whole: str, hour: str, part: str, half: str | None) -> str:
    if not hour.isdecimal() or not 0 < int(hour) <= 24:
        return whole
    total = (int(hour) * 60 + _PARTS[part]) % 1440
    clock = f"{total // 60 or 12}:{total % 60:02}"  # one digit: either half of the day
    return f"at {clock} {_HALVES[half]}" if half else f"at {clock}"
