"""Realistic values of many kinds, from the library mimesis.

A kind is a fixed list of at most `SIZE` different values. Drawing one costs one random number and
depends on the caller's generator alone; what a list holds depends on the version of mimesis alone.
Addresses on the internet and telephone numbers are among those reserved for fiction.
"""

import random
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import islice
from zlib import crc32

from mimesis import (
    Address,
    Datetime,
    Development,
    File,
    Finance,
    Food,
    Hardware,
    Locale,
    Person,
    Text,
    Transport,
)

SIZE = 600
"""The most values of a kind."""

_MISSES = 300  # draws in a row that give nothing new, after which a kind is exhausted
# Values stand in sentences and in JSON: no quotes, no points that end a sentence, plain ASCII.
_PLAIN = re.compile(r"[A-Za-z0-9+][A-Za-z0-9 +@:/._-]*[A-Za-z0-9]", re.ASCII)
_NAME = re.compile(r"[A-Z][a-z]+(?:[ -][A-Z][a-z]+){0,3}")
_WORD = re.compile(r"[a-z]{4,10}")
_STEMS, _WORDS = 6_000, 30_000  # draws that see nearly all words of the library's lists
_UNFIT = frozenset(
    word
    for line in (
        "sexy guns dead death blood kill slave enemy fight also been against among before behind",
        "between both could does done each either else ever every from gave have here into just",
        "less made many might more most much must never once only other over perhaps please",
        "rather said same shall should some such than that their them then there these they this",
        "those took though through together toward under until upon very want went were what when",
        "where whether which while whole whose will with without would your about above after",
        "again always came",
    )
    for word in line.split()
)
"""Words without a meaning of their own, and some that nobody wants in an example."""


@lru_cache(maxsize=1)
def words() -> tuple[str, ...]:
    """Return common English words of 4 to 10 letters."""
    file = File(seed=1)
    stems = {file.file_name().partition(".")[0] for _ in range(_STEMS)}
    common = stems & set(Text(Locale.EN, seed=1).words(_WORDS))  # one list has misspelt words
    return tuple(sorted(w for w in common - _UNFIT if _WORD.fullmatch(w)))


@lru_cache(maxsize=256)
def values(kind: str) -> tuple[str, ...]:
    """Return the values of a kind: at least 13; raises KeyError for an unknown one."""
    rng = random.Random(crc32(kind.encode()))
    draw = KINDS[kind](rng)
    return tuple(islice(_different(draw, _NAME if kind in _NAMES else _PLAIN), SIZE))


def _different(draw: Callable[[], str], fits: re.Pattern[str]) -> Iterator[str]:
    seen: set[str] = set()
    misses = 0
    while misses < _MISSES:
        value = draw()
        misses += 1
        if value not in seen and fits.fullmatch(value):
            seen.add(value)
            misses = 0
            yield value


Source = Callable[[random.Random], Callable[[], str]]
"""A function from a generator to one that draws a value of some kind."""


def _seed(rng: random.Random) -> int:
    return rng.getrandbits(32)


def _person(rng: random.Random) -> Person:
    return Person(Locale.EN, seed=_seed(rng))


def _address(rng: random.Random) -> Address:
    return Address(Locale.EN, seed=_seed(rng))


def _finance(rng: random.Random) -> Finance:
    return Finance(Locale.EN, seed=_seed(rng))


def _food(rng: random.Random) -> Food:
    return Food(Locale.EN, seed=_seed(rng))


def _city(rng: random.Random) -> Callable[[], str]:
    addresses = [Address(locale, seed=_seed(rng)) for locale in _COUNTRIES]
    return lambda: rng.choice(addresses).city()


def _login(rng: random.Random) -> Callable[[], str]:
    person = _person(rng)
    return lambda: f"{person.first_name()}{rng.choice('._')}{person.last_name()}".lower()


def _email(rng: random.Random) -> Callable[[], str]:
    login, host = _login(rng), _host(rng)
    return lambda: f"{login()}@{host().partition('.')[2]}"


def _host(rng: random.Random) -> Callable[[], str]:
    firsts = ("www", "api", "files", "shop", "docs", "mail", "app", "data")
    ends = ("example", "example.com", "example.org", "example.net")
    return lambda: f"{rng.choice(firsts)}.{rng.choice(words())}.{rng.choice(ends)}"


def _url(rng: random.Random) -> Callable[[], str]:
    host = _host(rng)
    return lambda: f"https://{host()}/{rng.choice(words())}/{rng.choice(words())}"


def _phone(rng: random.Random) -> Callable[[], str]:
    person = _person(rng)
    return lambda: person.phone_number(mask=f"+1-{rng.randint(201, 989)}-555-01##")


def _filled(*patterns: str) -> Source:
    """Return a source of texts from patterns with the names of kinds in braces.

    `word` is any word, `Word` one with a capital, `n` a number of two digits.
    """

    def source(rng: random.Random) -> Callable[[], str]:
        def fill(match: re.Match[str]) -> str:
            kind = match[1]
            if kind == "n":
                return str(rng.randint(10, 99))
            if kind.lower() == "word":
                word = rng.choice(words())
                return word.capitalize() if kind == "Word" else word
            return rng.choice(values(kind))

        return lambda: re.sub(r"\{(\w+)\}", fill, rng.choice(patterns))

    return source


def _of(*options: str) -> Source:
    return lambda rng: lambda: rng.choice(options)


def _hexadecimal(length: int) -> Source:
    return lambda rng: lambda: f"{rng.getrandbits(4 * length):0{length}x}"


def _version(rng: random.Random) -> Callable[[], str]:
    return lambda: f"{rng.randint(0, 5)}.{rng.randint(0, 14)}.{rng.randint(0, 9)}"


def _locales() -> tuple[str, ...]:
    return tuple(sorted({locale.value[:2] for locale in Locale}))


_COUNTRIES = (
    *(Locale.EN, Locale.EN_GB, Locale.EN_CA, Locale.EN_AU, Locale.DE, Locale.FR, Locale.ES),
    *(Locale.IT, Locale.NL, Locale.PT_BR, Locale.SV, Locale.PL),
)
_NAMES = frozenset(("first_name", "last_name", "person", "city", "country", "company"))
_NOUNS = (
    *("house", "garden", "studio", "market", "workshop", "bridge", "station", "hall", "harbor"),
    *("point", "summit", "meadow", "gallery", "club", "atlas", "valley", "signal", "terrace"),
)
_GOODS = (
    *("backpack", "desk lamp", "headphones", "kettle", "notebook", "raincoat", "teapot", "tent"),
    *("water bottle", "keyboard", "blanket", "chair", "bicycle helmet", "coffee grinder", "towel"),
    *("running shoes", "bookshelf", "wallet", "umbrella", "phone case", "frying pan", "pillow"),
)

KINDS: dict[str, Source] = {
    "first_name": lambda rng: _person(rng).first_name,
    "last_name": lambda rng: _person(rng).last_name,
    "person": lambda rng: _person(rng).full_name,
    "login": _login,
    "email": _email,
    "phone": _phone,
    "occupation": lambda rng: _person(rng).occupation,
    "nationality": lambda rng: _person(rng).nationality,
    "city": _city,
    "country": lambda rng: _address(rng).country,
    "country_code": lambda rng: _address(rng).country_code,
    "state": lambda rng: _address(rng).state,
    "street": lambda rng: _address(rng).street_name,
    "address": lambda rng: _address(rng).address,
    "postal_code": lambda rng: _address(rng).postal_code,
    "airport": lambda rng: _address(rng).iata_code,
    "company": lambda rng: _finance(rng).company,
    "bank": lambda rng: _finance(rng).bank,
    "currency": lambda rng: partial(_finance(rng).currency_iso_code, allow_random=True),
    "ticker": lambda rng: _finance(rng).stock_ticker,
    "crypto": lambda rng: _finance(rng).cryptocurrency_iso_code,
    "dish": lambda rng: _food(rng).dish,
    "drink": lambda rng: _food(rng).drink,
    "fruit": lambda rng: _food(rng).fruit,
    "vegetable": lambda rng: _food(rng).vegetable,
    "car": lambda rng: Transport(seed=_seed(rng)).car,
    "car_maker": lambda rng: Transport(seed=_seed(rng)).manufacturer,
    "airplane": lambda rng: Transport(seed=_seed(rng)).airplane,
    "phone_model": lambda rng: Hardware(seed=_seed(rng)).phone_model,
    "programming": lambda rng: Development(seed=_seed(rng)).programming_language,
    "system": lambda rng: Development(seed=_seed(rng)).os,
    "timezone": lambda rng: Datetime(Locale.EN, seed=_seed(rng)).timezone,
    "language": _of(*_locales()),
    "version": _version,
    "host": _host,
    "domain": lambda rng: lambda: _host(rng)().partition(".")[2],
    "url": _url,
    "commit": _hexadecimal(7),
    "hash": _hexadecimal(40),
    "key": _filled("key_{word}{n}{word}{n}", "{word}-{n}{n}-{word}"),
    "code": _filled("{airport}-{n}{n}", "{airport}{n}"),
    "word": _filled("{word}"),
    "name": _filled(*(f"{{street}} {noun.title()}" for noun in _NOUNS)),
    "product": _filled(*(f"{{color}} {thing}" for thing in _GOODS)),
    "color": _of(
        *("red", "blue", "green", "yellow", "white", "black", "brown", "orange", "purple", "pink"),
        *("gray", "beige", "navy", "teal", "amber", "ivory", "crimson", "olive", "turquoise"),
    ),
    "category": _of(
        *("travel", "health", "finance", "sports", "science", "music", "books", "garden", "food"),
        *("technology", "education", "fashion", "politics", "art", "history", "photography"),
    ),
    "file": _filled(*(f"{{word}}_{{word}}.{end}" for end in ("txt", "csv", "json", "pdf", "md"))),
    "folder": _filled("{word}", "{word}/{word}", "reports/{word}", "data/{word}"),
    "path": _filled("{folder}/{file}", "notes/{file}"),
    "repository": _filled("{word}-{word}", "{word}-api", "{word}-web", "{word}-docs"),
    "repository_path": _filled("projects/{repository}", "work/{repository}"),
    "branch": _filled("main", "develop", "feature/{word}", "fix-{word}", "release-2.{n}"),
    "selector": _filled("main .{word}", "button.{word}", "div.{word} a", "form.{word} input"),
    "sql": _filled("SELECT {word} FROM {word}s LIMIT {n}", "SELECT name FROM {word}s LIMIT {n}"),
    "topic": _filled(
        *("{dish} recipe", "jobs as {occupation}", "history of {country}", "{fruit} season"),
        *("hiking trails near {city}", "{car} running costs", "rents in {city}", "{word} prices"),
        *("learning {programming}", "weekend in {country}", "{word} and {word}", "{company} news"),
    ),
    "title": _filled(
        *("Trip to {city}", "Review with {company}", "{Word} reading list", "{dish} for ten"),
        *("Hiring of a {occupation}", "{Word} renovation", "Plan for {country}", "{Word} report"),
    ),
    "message": _filled(
        *("The {word} draft for {company} is ready", "See you in {city} at six"),
        *("Please bring the {product}", "{first_name} and {first_name} come late"),
        *("Can {person} call me about the {word}", "Thanks for the {word}, it helped a lot"),
    ),
    "comment": _filled(
        *("Looks good to me, but check the {word}", "Please add a test for the {word}"),
        *("Could the part on {word} be shorter", "The {word} is missing here"),
    ),
    "description": _filled(
        *("Notes from the meeting with {company}", "Short overview of the {word} plan"),
        *("A first draft on {topic}", "What {person} said about the {word}"),
    ),
    "scene": _filled(
        *("A lighthouse near {city} at dawn", "A {color} {car} in the rain"),
        *("A bowl of {fruit} on a table", "A quiet street in {country}"),
    ),
}
"""A source for each kind."""
