"""Tool names that every API, template and parser accepts: 1 to 64 of A-Z a-z 0-9 _ -."""

import re
import unicodedata
from hashlib import blake2b

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OTHER = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 64


def usable_name(name: str) -> str:
    """Return a name that every API accepts: the given one if possible, else one made from it.

    `calendar.respondToEvent` becomes `calendar_respondToEvent`. Names that are cut off or have no
    Latin letters get a hash at the end. The result depends on `name` alone; callers keep the
    original.
    """
    if _NAME.fullmatch(name):
        return name
    plain = unicodedata.normalize("NFKD", name)
    lost = any(char.isalnum() and not char.isascii() for char in plain)
    made = _OTHER.sub("_", plain).strip("_")
    if made and not lost and len(made) <= _LONGEST:
        return made
    return marked(made or "tool", name)


def marked(name: str, original: str) -> str:
    """Return a usable name that ends with a short hash of the original name."""
    mark = blake2b(original.encode(errors="replace"), digest_size=3).hexdigest()
    return f"{name[: _LONGEST - len(mark) - 1]}_{mark}"
