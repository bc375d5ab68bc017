"""Filler words for sentences, other spellings of words, bounds of numbers by their names."""

PROSE = tuple(
    word
    for line in (
        "a i to of in on it we me my is at by so the and for you can with this that from have will",
        "need want like some more time week work plan trip book order table room city price cost",
        "about after again around before every first please could would there which other great",
        "small large early later today check share point short quick place start quiet clear",
        "nearby little family number dinner office travel season friend market garden simple",
        "morning evening weekend another between looking thought present meeting account",
        "question together schedule possible delivery favorite business detailed afternoon",
        "available following different reminder budget summer winter window ticket",
    )
    for word in line.split()
)
"""Filler words for sentences; every length from 1 to 9 letters occurs."""

COMPOUNDS: dict[str, tuple[str, ...]] = {
    "filename": ("file", "name"),
    "jobtitle": ("job", "title"),
    "organisation": ("organization",),
    "filepath": ("file", "path"),
    "dirname": ("dir", "name"),
    "directory": ("dir",),
    "folder": ("dir",),
    "username": ("user", "name"),
    "firstname": ("first", "name"),
    "lastname": ("last", "name"),
    "fullname": ("name",),
    "timezone": ("timezone",),
    "website": ("url",),
    "colour": ("color",),
}
"""Other spellings of a word: compounds and synonyms."""

WHOLE_BY_NAME: tuple[tuple[str, tuple[int, int]], ...] = (
    ("month", (1, 12)),
    ("day", (1, 28)),
    ("hour", (0, 23)),
    ("minute", (0, 59)),
    ("second", (0, 59)),
    ("year", (2019, 2027)),
    ("quarter", (1, 4)),
    ("port", (1024, 9000)),
    ("page", (1, 5)),
    ("offset", (0, 50)),
    ("index", (0, 9)),
    ("seed", (1, 9999)),
    ("timeout", (5, 60)),
    ("id", (1000, 99999)),
)
"""Bounds by the last word of a number's name, where the schema has none."""

FRACTIONS_BY_NAME: tuple[tuple[str, tuple[float, float, int]], ...] = (
    *((name, (-60.0, 60.0, 4)) for name in ("latitude", "lat")),
    *((name, (-170.0, 170.0, 4)) for name in ("longitude", "lon", "lng", "long")),
    *((name, (0.05, 0.95, 2)) for name in ("confidence", "probability", "threshold", "ratio")),
    *((name, (0.05, 0.95, 2)) for name in ("opacity", "similarity", "fraction", "likelihood")),
    *((name, (0.1, 1.0, 1)) for name in ("temperature",)),
    *((name, (1.0, 100.0, 2)) for name in ("price", "amount", "cost", "fee", "rate", "total")),
    *((name, (1.0, 100.0, 1)) for name in ("percent", "percentage", "weight", "distance")),
)
"""Bounds and decimals by the last word of the name of a number that is seldom whole."""
