"""The signed-in user: what the system prompt says of them need not be told again."""

import random
from collections.abc import Iterable, Iterator

from toolace_mt.query import Derivation
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.words import words_of
from toolace_mt.trajectory import JsonObject, Tool

_OWN = frozenset(
    (
        *("passenger", "driver", "guest", "student", "patient", "visitor", "buyer", "applicant"),
        *("organizer", "customer", "traveler", "traveller", "attendee", "member", "tenant"),
        *("client", "holder", "pickup", "user", "renter", "owner"),
    )
)
_OTHERS = frozenset(("recipient", "guest", "colleague", "sender", "to", "friend", "agent"))
_HOME = frozenset(("shipping", "delivery", "billing", "home", "address"))
_HOMES = (("town",), ("city", "name"), ("origin", "city"), ("home", "city"))
_SAID = {
    "name": ("me",),  # weak models write "yourself" around "myself"
    "email": ("my email address on file", "the email address on file"),
    "phone": ("my phone number on file", "the phone number on file"),
    "street": ("my home address", "my address on file"),
    "city": ("my home town", "the town where I live"),
}

Profile = dict[str, str]
"""The name, email, phone, street and city of the signed-in user."""


def draw_profile(rng: random.Random) -> Profile:
    """Draw a user."""
    words = [str(draw({"type": "string"}, rng, part)) for part in ("first_name", "last_name")]
    parts = {"email": "email", "phone": "phone", "street": "street_address", "city": "city"}
    contacts = {part: str(draw({"type": "string"}, rng, name)) for part, name in parts.items()}
    return {"name": " ".join(words), **contacts}


def own_part(parameter: str) -> str:
    """Return which part of the user's profile a parameter asks for, by its path, "" if none.

    A `passenger_name` may be the user, a `recipient_email` is somebody else's.
    """
    words = words_of(parameter)
    if words == ("reserved", "for"):
        return "name"
    if words in _HOMES:
        return "city"
    if len(words) < 2:
        return ""
    if words[-1] in ("street", "city") and _HOME & set(words[:-1]):
        return words[-1]
    if words[-1] == "name" and words[-2] in _OWN and "user" not in words[:-2]:
        return "name"
    return words[-1] if words[-1] in ("email", "phone") and not _OTHERS & set(words) else ""


def of_user(call: str, parameter: str, rng: random.Random) -> Derivation:
    """Return the derivation of an argument that is the user's own: the request says "me"."""
    return Derivation(call, parameter, (), rng.choice(_SAID[own_part(parameter)]))


def introduced(profile: Profile, tools: Iterable[Tool]) -> str:
    """Return what a system prompt says of the user, "" if none of the tools asks for it."""
    names = (name for tool in tools for name in _parameters(tool.parameters))
    parts = set(map(own_part, names))
    told = ", ".join(f"{part}: {value}" for part, value in profile.items() if part in parts)
    if not told:
        return ""
    return f"The user is signed in ({told})."


def _parameters(schema: JsonObject, within: str = "") -> Iterator[str]:
    for name, inner in (schema.get("properties") or {}).items():
        yield within + name
        if isinstance(inner, dict) and not within:
            yield from _parameters(inner, f"{name}.")
