"""Parameters as provenance sees them: every leaf of a call with its schema, and its class.

The class decides how a value is judged, follows from the schema alone, and is written down in the
source of every origin: a boolean or a choice out of an enum need not be spelled out by the user, a
number or an identifier must be, free text is compared by overlap.
"""

import re
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from toolace_mt.caching import cached
from toolace_mt.schemas.paths import child, resolve
from toolace_mt.trajectory import JsonObject

Class = Literal["boolean", "choice", "number", "identifier", "date", "text", "value"]

_CONTAINERS = (dict, list)
_NO_SCHEMA: JsonObject = {}
_DEEPEST = 24
_MOST = 2000  # leaves of one call that are judged
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_IDENTIFIER = re.compile(
    r"(^|_)(id|ids|uuid|guid|identifier|key|token|sku|isbn|vin|iban|serial|tracking|confirmation"
    r"|email|emails|phone|url|uri|link|handle|username|user|ticker|symbol|hash|address|ref"
    r"|reference|number|code|account|password|pin|path|file|filename)(_?(number|no|code|name))?$"
)
_DATE = re.compile(
    r"(^|_)(date|dates|datetime|time|timestamp|day|deadline|birthday|dob|checkin|checkout|check_in"
    r"|check_out|due|when|since|until)($|_)|_(at|on)$"
)
_TEXT = re.compile(
    r"(^|_)(message|body|query|queries|q|notes?|title|description|content|subject|comments?|text"
    r"|prompt|reason|summary|questions?|instructions?|details?|keywords?|topics?|caption|reviews?"
    r"|feedback|search|terms?|phrase|purpose|remarks?|sql|code_snippet|snippet|script|expression"
    r"|formula|equation|function|headline|agenda|requirements?|preferences|requests?|symptoms?"
    r"|issue|problem|context|input|commands?|cmd|regex|pattern|lyrics|story|abstract|bio|response|answer|task|goal)$"
)
_DESCRIBED_TEXT = re.compile(
    r"\b(free[- ]text|search (?:query|term|phrase|keyword)|(?:text|body|content|message|description"
    r"|summary|reason|note|title|question|subject)s? (?:of|for|to|that|about|describing))\b",
    re.IGNORECASE,
)
_FORMATS: dict[str, Class] = {
    **dict.fromkeys(("date", "date-time", "time", "duration"), "date"),
    **dict.fromkeys(("email", "uri", "url", "uuid", "hostname", "ipv4", "ipv6"), "identifier"),
}


class Leaf(NamedTuple):
    """One scalar of a call's arguments; `name` is that of the nearest parameter around it."""

    path: str
    value: Any
    name: str
    schema: JsonObject
    required: bool

    @property
    def judged_as(self) -> Class:
        """The class of this leaf."""
        value, schema = self.value, self.schema
        text = isinstance(value, str)
        if isinstance(value, bool) or (text and schema.get("type") == "boolean"):
            return "boolean"
        if "enum" in schema or "const" in schema:
            return "choice"
        if not text:
            return "number"
        described, form = schema.get("description"), schema.get("format")
        declared = class_of(
            self.name,
            described if isinstance(described, str) else "",
            form if isinstance(form, str) else "",
        )
        return "text" if declared == "value" and _reads_as_text(self.value) else declared


@lru_cache(maxsize=16384)
def class_of(name: str, description: str, form: str) -> Class:
    """Return the class of a string parameter that is no enum."""
    if form in _FORMATS:
        return _FORMATS[form]
    snake = snake_case(name)
    if _TEXT.search(snake):
        return "text"
    if _DATE.search(snake):
        return "date"
    if _IDENTIFIER.search(snake):
        return "identifier"
    return "text" if _DESCRIBED_TEXT.search(description) else "value"


@lru_cache(maxsize=16384)
def snake_case(name: str) -> str:
    """Return `checkInDate` as `check_in_date`."""
    return _CAMEL.sub("_", name).lower().replace("-", "_").replace(" ", "_")


@cached
def argument_leaves(arguments: Any, schema: JsonObject) -> list[tuple[Leaf, Class]]:
    """Return every scalar of `arguments` with its class: at most 2,000, at most 24 levels deep."""
    found: list[Leaf] = []
    if isinstance(arguments, _CONTAINERS):
        _collect(found, Leaf("", arguments, "", schema, True), schema, 0)
    elif arguments is not None:
        found.append(Leaf("", arguments, "", schema, True))
    return [(leaf, leaf.judged_as) for leaf in found[:_MOST]]


def _collect(found: list[Leaf], at: Leaf, root: JsonObject, depth: int) -> None:
    """Append the scalars inside `at`, a list or an object."""
    if depth >= _DEEPEST or len(found) >= _MOST:
        return
    path, value, name, schema, required = at
    if "$ref" in schema:
        schema = _object(resolve(schema, root))
    if isinstance(value, list):
        items = _described(_object(_sub(schema, "items")), schema)
        inner = [
            Leaf(f"{path}[{index}]", item, name, items, required)
            for index, item in enumerate(value[:_MOST])
        ]
    else:
        properties = _sub(schema, "properties")
        needed = schema.get("required")
        needed = needed if isinstance(needed, list) else ()
        inner = [
            Leaf(_child(path, key), item, str(key), _object(properties.get(key)), key in needed)
            for key, item in value.items()
        ]
    for leaf in inner:
        if isinstance(leaf[1], _CONTAINERS):
            _collect(found, leaf, root, depth + 1)
        elif leaf[1] is not None:
            found.append(leaf)


def _described(items: JsonObject, array: JsonObject) -> JsonObject:
    """Return the schema of an array's items, with the array's description if it has none."""
    described = array.get("description")
    if not described or "description" in items:
        return items
    return {**items, "description": described}


def _object(schema: Any) -> JsonObject:
    return schema if isinstance(schema, dict) else _NO_SCHEMA


def _child(path: str, key: Any) -> str:
    """Return what `paths.child` returns; most keys are plain words."""
    if not isinstance(key, str) or not key.isidentifier():
        return child(path, str(key))
    return f"{path}.{key}" if path else key


def _sub(schema: JsonObject, keyword: str) -> JsonObject:
    """Return a keyword's object, of the schema itself or of the first alternative that has it."""
    found = schema.get(keyword)
    if isinstance(found, dict):
        return found
    for alternatives in ("anyOf", "oneOf", "allOf"):
        branches = schema.get(alternatives)
        for branch in branches if isinstance(branches, list) else ():
            if isinstance(branch, dict) and isinstance(branch.get(keyword), dict):
                return _object(branch[keyword])
    return _NO_SCHEMA


def _reads_as_text(value: Any) -> bool:
    return isinstance(value, str) and (len(value) > 60 or value.count(" ") >= 6)


def allowed_by_schema(schema: JsonObject, value: Any) -> str:
    """Return "enum", "const", "default" or "option in its description"; "" if not in the schema.

    Examples do not count: a name or a number copied from an example is invented. (Words in lower
    case are settings, also where a description gives them as examples.)
    """
    if "default" in schema and schema["default"] == value:
        return "default"
    if "const" in schema and schema["const"] == value:
        return "const"
    choices = schema.get("enum")
    if isinstance(choices, list) and value in choices:
        return "enum"
    described = schema.get("description")
    if not isinstance(described, str):
        return ""
    if any(_same(value, quoted or bare) for quoted, bare in _DEFAULT.findall(described)):
        return "default in its description"
    offered = isinstance(value, str) and _offered(described, value)
    return "option in its description" if offered else ""


_DEFAULT = re.compile(
    r"default(?:s|ed)?(?:\s+(?:value|is|to|being|set|of|=|of))*\s*[:=]?\s*"
    r"(?:['\"`]([^'\"`]{1,40})['\"`]|(-?[\w./:+-]*\w))",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(r"\b(e\.?g\b|for example|example|such as|for instance|like)", re.IGNORECASE)


def _same(value: Any, told: str) -> bool:
    if isinstance(value, str):
        return value.lower() == told.lower()
    try:
        return bool(float(told) == value)
    except (ValueError, OverflowError):
        return False


def _offered(description: str, value: str) -> bool:
    if not 1 < len(value) <= 40 or value[:1].isdigit():
        return False
    name = not value.islower() or any(c.isdigit() for c in value)
    options = _EXAMPLES.split(description, maxsplit=1)[0] if name else description
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", options, re.IGNORECASE) is not None
