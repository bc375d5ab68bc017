"""Texts that fit what a property is called: a city for `city`, `ord_48213` for `order_id`."""

import random
from functools import lru_cache

from toolace_mt.schemas.formats import DRAWN, choose
from toolace_mt.schemas.realistic import values
from toolace_mt.schemas.words import place_of, words_of

_NAMES: dict[str, tuple[str, ...]] = {
    "repository_path": ("repo_path", "repository_path"),
    "email": ("email", "mail", "recipient", "cc", "bcc", "attendee"),
    "phone_model": ("phone_model", "device"),
    "phone": ("phone", "telephone", "mobile"),
    "host": ("hostname", "host"),
    "domain": ("domain",),
    "url": ("url", "uri", "link", "webhook", "endpoint"),
    "postal_code": ("zip", "postal_code", "postcode"),
    "country_code": ("country_code",),
    "airport": ("airport", "iata"),
    "currency": ("currency",),
    "crypto": ("crypto", "coin", "cryptocurrency"),
    "programming": ("programming_language",),
    "language": ("language", "locale", "lang"),
    "timezone": ("timezone", "tz"),
    "city": ("city", "town", "location", "place", "destination", "origin"),
    "country": ("country", "nation"),
    "state": ("state", "province", "region"),
    "street": ("street",),
    "address": ("address",),
    "color": ("color",),
    "date-time": ("timestamp", "datetime", "date_time"),
    "date": ("date", "birthday"),
    "time": ("time",),
    "selector": ("selector", "xpath"),
    "sql": ("sql",),
    "branch": ("branch_name", "base_branch", "target_branch", "git_branch"),
    "commit": ("commit",),
    "hash": ("hash", "sha", "checksum", "signature"),
    "key": ("token", "secret", "password", "passphrase", "api_key", "pubkey"),
    "repository": ("repo", "repository"),
    "path": ("path",),
    "file": ("file", "attachment"),
    "folder": ("dir",),
    "first_name": ("first_name", "given_name"),
    "last_name": ("last_name", "surname", "family_name"),
    "login": ("user", "login", "owner", "handle", "user_name"),
    "person": (
        *("full_name", "author", "person", "customer", "client", "patient", "passenger", "guest"),
        *("contact", "employee", "student", "teacher", "assignee", "sender", "member"),
    ),
    "company": ("company", "organization", "employer", "vendor", "supplier", "brand", "merchant"),
    "bank": ("bank",),
    "occupation": ("occupation", "job", "job_title", "profession", "role"),
    "nationality": ("nationality",),
    "dish": ("dish", "meal", "recipe", "food"),
    "vegetable": ("vegetable", "ingredient"),
    "fruit": ("fruit",),
    "drink": ("drink", "beverage"),
    "car_maker": ("manufacturer",),
    "car": ("car", "vehicle"),
    "airplane": ("aircraft", "airplane"),
    "system": ("os", "operating_system"),
    "product": ("product", "item"),
    "topic": ("query", "search", "topic", "keyword", "question", "q", "theme", "subtopic"),
    "title": ("title", "subject", "headline"),
    "message": ("message", "body", "reply", "caption"),
    "comment": ("comment", "feedback"),
    "description": ("description", "content", "note", "summary", "reason", "goal"),
    "scene": ("prompt",),
    "ticker": ("symbol", "ticker"),
    "version": ("version",),
    "category": ("category", "genre", "industry"),
    "word": ("tag", "label", "type", "format", "mode", "status", "kind", "level", "unit", "style"),
}
"""The names of properties whose values are of a kind: one of the library or of `DRAWN`."""

_VAGUE: dict[str, tuple[str, ...]] = {
    "description": ("text",),
    "name": ("name",),
    "code": ("code", "number", "reference", "key"),
}
"""Names that say less than any word before them: a `city_name` is a city."""

_ENDS_AS_ID = ("_id", "_uid", "Id", "ID", "Uid")


def draw_named(name: str, rng: random.Random) -> str:
    """Return a text that fits a property's name, a plain word if the name says nothing."""
    one = name.replace("-", "_").removesuffix("s")
    if one in ("id", "uid") or one.endswith(_ENDS_AS_ID):
        stem = one.lower().removesuffix("id").removesuffix("u").strip("_")[:3] or "ref"
        return f"{stem}_{rng.randrange(1000, 100000)}"
    kind = kind_of(name)
    return DRAWN[kind](rng) if kind in DRAWN else choose(values(kind), rng)


@lru_cache(maxsize=8192)
def kind_of(name: str) -> str:
    """Return the kind of a property's values: that of the last telling words of its name.

    A name that tells nothing is of kind "word".
    """
    words = words_of(name)
    for telling in (_NAMES, _VAGUE):
        places = (
            (place_of(phrase, words), len(words_of(phrase)), kind)
            for kind, phrases in telling.items()
            for phrase in phrases
        )
        if (found := max(places))[0]:
            return found[2]
    return "word"
