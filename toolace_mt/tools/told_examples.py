"""Examples of values that descriptions of parameters tell: "IANA name (e.g., 'Europe/London')".

Descriptions are untrusted: what they tell counts only if it is a short value of the right type.
"""

import re
from typing import Any

from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.normalise import normalise_schema
from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import JsonObject

_FEWEST = 2  # one value alone would be in every dialogue
_MOST = 8
_LONGEST = 80
_DEEPEST = 6
_LEAD = re.compile(r"\b(?:e\.?\s?g\.?|for example|for instance|examples?|such as)[:,]?\s*", re.I)
_QUOTED = re.compile(r"(?<!\w)(?:'([^'\n]+)'|\"([^\"\n]+)\"|`([^`\n]+)`)(?!\w)")
_END = re.compile(r"[);\n]|\.(?:\s|$)")
_BETWEEN = re.compile(r",\s*(?:or\s|and\s)?|\s(?:or|and)\s")
_NO_VALUE = re.compile(r"[<>{}]|\.\.\.|\u2026|\betc\b|^[YMDHS:/ T.-]+$|:$", re.I)
_ADVICE = ("examples", "enum", "const")


def with_told_examples(schema: JsonObject) -> JsonObject:
    """Return the schema of an object with the `examples` that its properties' descriptions tell.

    There are two at least, since one value alone would be in every dialogue. A property that has
    `examples`, `enum` or `const` stays as it is. An unchanged schema is returned itself.
    """
    added: JsonObject = _added(schema, 0)
    return added


def _added(schema: Any, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return schema
    changed: JsonObject = {}
    properties = schema.get("properties")
    if isinstance(properties, dict):
        inner = {name: _added(_told(each), depth + 1) for name, each in properties.items()}
        if any(inner[name] is not properties[name] for name in properties):
            changed["properties"] = inner
    items = _added(schema.get("items"), depth + 1)
    if items is not schema.get("items"):
        changed["items"] = items
    return {**schema, **changed} if changed else schema


def _told(given: Any) -> Any:
    """Return a property's schema with the examples that its description tells."""
    if not isinstance(given, dict) or any(given.get(key) is not None for key in _ADVICE):
        return given
    description = given.get("description")
    texts = told_examples(description) if isinstance(description, str) else []
    if len(texts) < _FEWEST:
        return given
    items = given.get("items")
    if isinstance(items, dict):
        found = [] if any(items.get(key) is not None for key in _ADVICE) else _fitting(items, texts)
        return {**given, "items": {**items, "examples": found}} if _enough(found) else given
    found = _fitting(given, texts)
    return {**given, "examples": found} if _enough(found) else given


def _enough(found: list[Any]) -> bool:
    return len(found) >= _FEWEST


def _fitting(schema: JsonObject, texts: list[str]) -> list[Any]:
    """Return those of the texts that are values of a schema, as such values."""
    plain = normalise_schema({key: value for key, value in schema.items() if key != "default"})
    kind = plain.get("type")
    if kind in ("object", "array", "boolean") or kind is None:
        return []
    read = texts if kind == "string" else [parse(text) for text in texts]
    return [value for value in read if not check_value(plain, value)]


def told_examples(description: str) -> list[str]:
    """Return the values that a description gives as examples, in order, without repetition."""
    found: list[str] = []
    for lead in _LEAD.finditer(description):
        quoted = _QUOTED.match(description, lead.end())
        told = _quoted(description, lead.end()) if quoted else _bare(description[lead.end() :])
        found += told
    kept = (text.strip() for text in found if not _NO_VALUE.search(text.strip()))
    return [text for text in dict.fromkeys(kept) if 0 < len(text) <= _LONGEST][:_MOST]


def _quoted(text: str, at: int) -> list[str]:
    """Return the quoted values that follow each other from a place on."""
    found: list[str] = []
    while quoted := _QUOTED.match(text, at):
        found.append(quoted[1] or quoted[2] or quoted[3])
        between = _BETWEEN.match(text, quoted.end())
        if between is None:
            break
        at = between.end()
    return found


def _bare(text: str) -> list[str]:
    """Return values without quotes: a list of single words, up to the end of the remark."""
    if _QUOTED.search(_END.split(text, maxsplit=1)[0]):
        return []
    told = _END.split(text, maxsplit=1)[0].strip(" .")
    parts = [part.strip(" .") for part in _BETWEEN.split(told)]
    return parts if all(part and " " not in part for part in parts) else []
