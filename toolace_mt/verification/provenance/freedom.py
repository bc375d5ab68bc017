"""What an assistant may choose freely, and what it must have been told.

Four things speak: the words of the parameter's name, its schema, the value's own shape, and what
the tool does. Somebody has to tell references (ids, accounts, addresses), dates, amounts and names.
An assistant creates code, queries and messages, chooses limits, formats and categories, and knows
of the world: where a city lies, which code a country has.
"""

import re
from functools import lru_cache
from typing import Any, Literal

from toolace_mt.verification.provenance.parameters import Leaf, snake_case
from toolace_mt.verification.provenance.parsing.words import word_set

Role = Literal["reference", "quantity", "name", "choice", "world", "creation", "other"]
"""What a parameter is for, by its name."""

_REFERENCE = word_set(
    "id ids uuid guid identifier key token sku isbn vin iban serial tracking confirmation email"
    " emails phone account password pin hash passport reference username user handle bic swift zip"
    " postcode postal ssn license plate voucher ticket reservation booking invoice"
)
_QUANTITY = word_set(
    "amount total price prices cost costs budget fee fees balance payment tip tax discount fare"
    " quantity qty people persons guests passengers adults children seats nights days age weight"
    " salary income rent deposit principal loan celsius fahrenheit degrees calories distance miles"
    " rate rates usd eur gbp guest person passenger adult child night seat"
    " score rating stars hours minutes year years month months bet stake shares bags floor"
)
_NAME = word_set(
    "city town state province destination origin location place street venue name firstname"
    " lastname surname salon restaurant hotel artist author player team person recipient contact"
    " attendee attendees customer patient employee owner payee company brand product item song"
    " movie album artist book event from to departure arrival school hospital doctor"
)
_CHOICE = word_set(
    "limit max maximum min minimum count counts page pages offset size top topk k n num results"
    " per sort sorting sorted order direction format language lang locale unit units type kind mode"
    " level levels priority category categories genre style theme color colour model quality"
    " resolution width height radius threshold timeout depth interval range period granularity"
    " frequency temperature seed steps strategy method service status severity difficulty"
    " visibility scope include exclude fields columns filter filters layout template tone length"
    " line lines tail head index position batch retries retry similarity window zoom cuisine class"
    " option options output encoding engine provider source access permission role action operation"
    " skip start_index cursor weightings sample samples iterations epochs rows limit_per"
    " language_code fps ratio aspect resolution duration timeframe resource"
)
_WORLD = word_set(
    "latitude longitude lat lon lng coordinates timezone tz country countrycode iso region"
    " continent bbox symbol ticker airport iata nationality currency"
)
_CREATION = word_set(
    "code source script sql query queries body html css markdown json regex pattern selector xpath"
    " prompt snippet expression command cmd args arguments message messages text content contents"
    " title subject description summary note notes reason comment comments thought thoughts"
    " reasoning plan memory context goal subgoal tags tag labels label hashtags keywords keyword"
    " caption instructions question questions answer response details purpose agenda headline"
    " remarks bio story feedback review search term terms topic topics findings find replace input"
    " data program formula function equation content name_of steps"
)
_PRESENT = word_set("current today now present")
_YEAR = word_set("year season")
_END = word_set("end ends until finish to till stop hasta fin ende")
_CREATING = re.compile(
    r"create|write|save|mkdir|touch|export|download|add|move|rename|copy|put|new"
)
_LOOKING = re.compile(
    r"weather|forecast|histor|trend|wetter|clima|pronostico|météo|meteo|天气|预报"
)
_HEADER = re.compile(r"(?:\w+\.)?(?:http_?|request_?)?headers\b(?=[.\[])", re.IGNORECASE)
_SECRETS = word_set(
    "authorization auth cookie key token secret password id account number signature"
)
_PROGRAM = re.compile(r"[\n(){}=<>;|*\\$\[\]]|\s.*\s.*\s.*\s.*\s")
_SETTING = re.compile(
    r"[a-z][a-z_ -]*|[A-Z][A-Z_]*|[Tt]rue|[Ff]alse|[Yy]es|[Nn]o|[a-z]+[A-Z][A-Za-z]*"
)
_PATH = re.compile(r"[\w.~*@-]*/[\w./*@ -]*|[\w-]+\.[a-z]{1,5}|\.")
_BARE_SITE = re.compile(r"(?:https?://)?(?:www\.)?[a-z-]+(?:\.[a-z]{2,})+/?")


@lru_cache(maxsize=16384)
def role_of(name: str) -> Role:
    """Return what a parameter is for; of several words that say so, the last one decides."""
    words = snake_case(name).split("_")
    if "order" in words and ("sort" in words or len(words) == 1):
        return "choice" if "sort" in words else "other"
    if words[-1] in ("number", "no", "nr") and len(words) > 1:
        return "choice" if words[-2] in _CHOICE else "reference"
    if not _QUANTITY.isdisjoint(words) and words[-1] not in _REFERENCE:
        return "quantity"
    for word in reversed(words):
        for role, group in _GROUPS:
            if word in group:
                return role
    if words[-1].endswith(("id", "number")) and len(words[-1]) > 3:
        return "reference"
    return "other"


_GROUPS: tuple[tuple[Role, frozenset[str]], ...] = (
    ("reference", _REFERENCE),
    ("world", _WORLD),
    ("choice", _CHOICE),
    ("creation", _CREATION),
    ("name", _NAME),
)


def is_free(leaf: Leaf, value: Any, tool: str) -> str:
    """Return why an assistant may pass a value that nobody told, "" if it may not.

    The reason is one of: created, chosen, known of the world.
    """
    role = role_of(leaf.name)
    words = snake_case(leaf.name).split("_")
    if _HEADER.match(leaf.path) and _SECRETS.isdisjoint(words):
        return "created"
    if {"api", "version"} <= set(words):
        return "known of the world"
    if not _PRESENT.isdisjoint(words) or (_is_year(value) and not _YEAR.isdisjoint(words)):
        return "known of the world"
    if "days" in words and isinstance(value, int) and _LOOKING.search(tool.lower()):
        return "chosen"
    if not isinstance(value, str):
        free = {"choice": "chosen", "world": "known of the world", "creation": "created"}
        return free.get(role, "chosen" if isinstance(value, float) and 0 < value < 1 else "")
    digits = any(c.isdigit() for c in value)
    inside = role_of(re.split(r"[.\[]", leaf.path, maxsplit=1)[0]) == "creation"
    if inside and role not in ("reference", "quantity") and not digits:
        return "created"
    if role == "creation" or (_PROGRAM.search(value) and "@" not in value and "://" not in value):
        return "created"
    if role == "world":
        return "known of the world" if not digits or (len(value) < 24 and "/" not in value) else ""
    if role == "choice" and (not digits or len(value) <= 12):
        return "chosen"
    if _BARE_SITE.fullmatch(value) and "/" in value:
        return "known of the world"
    if digits or "@" in value:
        return ""
    if _PATH.fullmatch(value) and "/" in value + "/":
        return "created" if _CREATING.search(tool.lower()) else "chosen"
    if role in ("reference", "other", "quantity") and _SETTING.fullmatch(value):
        return "chosen"
    return ""


def _is_year(value: Any) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d(?:[-/](?:20)?\d\d)?", str(value)) is not None


def ends_something(leaf: Leaf) -> bool:
    """Tell whether a parameter is when something ends, which a start often implies."""
    return not _END.isdisjoint(snake_case(leaf.name).split("_"))
