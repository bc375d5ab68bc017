"""Definitions of any dialect as JSON Schema 2020-12."""

from functools import lru_cache
from typing import Any

from toolace_mt.trajectory import JsonObject

MAX_DEPTH = 64
"""Schemas nested deeper than this are cut off there (the rest means "anything")."""

_TYPES = {
    **dict.fromkeys(("str", "string", "text", "char", "varchar", "date", "datetime"), "string"),
    **dict.fromkeys(("int", "integer", "long", "short", "byte", "bigint"), "integer"),
    **dict.fromkeys(("float", "number", "double", "decimal", "complex", "numeric"), "number"),
    **dict.fromkeys(("bool", "boolean"), "boolean"),
    **dict.fromkeys(("list", "array", "tuple", "set", "sequence", "iterable"), "array"),
    **dict.fromkeys(("dict", "object", "map", "mapping", "hashmap", "record", "json"), "object"),
    **dict.fromkeys(("none", "null", "nonetype", "void"), "null"),
}
_ONE = frozenset(
    (
        *("items", "additionalProperties", "not", "if", "then", "else", "contains"),
        *("propertyNames", "unevaluatedProperties", "unevaluatedItems", "additionalItems"),
    )
)
_MANY = frozenset(("anyOf", "oneOf", "allOf", "prefixItems"))
_NAMED = frozenset(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"))
_DROPPED = frozenset(("$schema", "$id", "id", "optional", "$comment", "$vocabulary"))
_SHAPES = (
    ("object", ("properties", "additionalProperties", "patternProperties", "required")),
    ("array", ("items", "prefixItems", "minItems", "maxItems")),
)


def normalise_schema(schema: Any) -> Any:
    """Return a schema in normal form, which the rest of the package relies on.

    The input is not changed; parts in normal form already are shared with it.

    - Python and database type names become JSON types (also `List[int]` and `str, optional`);
      unknown ones are dropped.
    - Objects and arrays without `type` get it.
    - `required: true` and `optional: true` inside a property move into the object's `required`.
    - Choices beside a list move to its items.
    - Draft 4 bounds and tuple items become those of 2020-12; `$schema` and `$id` are removed.
    - `nullable: true` becomes a type of null.
    - Keywords and properties that are null are removed, since Arrow pads with nulls; `default` and
      `const` may be null.
    - Local references stay, cyclic ones too.
    """
    return _normal(schema, 0)


def parameters_schema(given: Any) -> Any:
    """Return the normalised object schema of a tool's `parameters`, however they are written.

    None means a tool without parameters. A bare map `{"city": {"type": "str"}}` is read as the
    properties. Anything that is not the schema of an object is returned normalised, for the caller
    to refuse.
    """
    if given is None or given == {}:
        return {"type": "object", "properties": {}}
    if isinstance(given, dict) and not _is_schema(given):
        needed = [name for name, inner in given.items() if not _optional(inner)]
        given = {"type": "object", "properties": given, "required": needed}
    return _normal(given, 0)


def _is_schema(given: JsonObject) -> bool:
    if any(key.startswith("$") or key in ("anyOf", "allOf", "oneOf") for key in given):
        return True
    if isinstance(given.get("properties"), dict) or isinstance(given.get("type"), str | list):
        return True
    return not all(isinstance(inner, dict) and "type" in inner for inner in given.values())


def _optional(inner: Any) -> bool:
    if not isinstance(inner, dict):
        return False
    declared = inner.get("type")
    said = isinstance(declared, str) and "optional" in declared.lower()
    return said or "default" in inner or inner.get("required") is False


def _is_leaf(schema: Any) -> bool:
    """Return whether a schema needs no change: a correctly written scalar, as most are."""
    return (
        type(schema) is dict
        and schema.get("type") in _JSON_TYPES
        and schema.keys() <= _PLAIN
        and None not in schema.values()
    )


def _normal(schema: Any, depth: int) -> Any:
    if not isinstance(schema, dict):
        return schema
    if depth > MAX_DEPTH:
        return {}
    normal: JsonObject
    if _is_leaf(schema):
        return schema
    kind = schema.get("type")
    normal = {}
    for key, value in schema.items():
        if value is None and key not in ("default", "const"):
            continue  # Arrow pads absent keywords with null
        if key in _DROPPED and isinstance(value, str | bool):
            continue
        if key in _ONE and isinstance(value, dict):
            normal[key] = _normal(value, depth + 1)
        elif key in _MANY and isinstance(value, list):
            normal[key] = [_normal(inner, depth + 1) for inner in value if inner is not None]
        elif key in _NAMED and isinstance(value, dict):
            normal[key] = {
                name: inner if _is_leaf(inner) else _normal(inner, depth + 1)
                for name, inner in value.items()
                if inner is not None
            }
        else:
            normal[key] = value
    if kind == "object" or "properties" in normal or "required" in normal:
        _required(normal, schema)
    if kind in ("object", "array"):
        normal["type"] = normal.pop("type")
    else:
        _type(normal, depth)
    if not _RARE.isdisjoint(normal):
        _bounds(normal)
        _array_choices(normal)
        _nullable(normal)
    if isinstance(normal.get("items"), list):
        _tuple_items(normal, depth)
    return normal


_PLAIN = frozenset(
    (
        *("type", "description", "title", "default", "format", "minLength", "maxLength", "pattern"),
        *("enum", "minimum", "maximum", "examples", "multipleOf"),
    )
)
_JSON_TYPES = ("string", "integer", "number", "boolean")


_RARE = frozenset(("exclusiveMinimum", "exclusiveMaximum", "enum", "nullable", "const"))


def _nullable(normal: JsonObject) -> None:
    """Rewrite OpenAPI 3.0's `nullable: true` as a type of null; remove padding of `const`."""
    if "const" in normal and normal["const"] is None and normal.get("type", "null") != "null":
        del normal["const"]
    nullable = normal.get("nullable")
    if not isinstance(nullable, bool):
        return
    del normal["nullable"]
    if not nullable:
        return
    kind, choices = normal.get("type"), normal.get("enum")
    if isinstance(kind, str) and kind != "null":
        normal["type"] = [kind, "null"]
    if isinstance(choices, list) and None not in choices:
        normal["enum"] = [*choices, None]
    for key in ("anyOf", "oneOf"):
        if isinstance(normal.get(key), list) and kind is None:
            normal[key] = [*normal[key], {"type": "null"}]
    if "$ref" in normal:
        normal["anyOf"] = [{"$ref": normal.pop("$ref")}, {"type": "null"}]


def _type(normal: JsonObject, depth: int) -> None:
    declared = normal.pop("type", None)
    if isinstance(declared, str):
        normal.update({**_named_type(declared, depth), **normal})
    elif isinstance(declared, list):
        names = [_named_type(name, depth).get("type") for name in declared if type(name) is str]
        if names and None not in names:
            normal["type"] = list(dict.fromkeys(names))
    elif declared is not None:
        normal["type"] = declared  # no type: the meta-schema refuses it later
    if declared is None and not any(key in normal for key in ("$ref", "enum", "const", *_MANY)):
        for name, keywords in _SHAPES:
            if any(isinstance(normal.get(key), dict | list | int) for key in keywords):
                normal["type"] = name
                break


@lru_cache(maxsize=1024)
def _named_type(name: str, depth: int) -> JsonObject:
    """Read one type name: `int`, `str, optional`, `Optional[int]`, `List[str]`, `int | None`."""
    text = name.strip().removesuffix("optional").rstrip(" ,(").strip()
    if "|" in text and "[" not in text:
        read = [_named_type(part, depth + 1).get("type") for part in text.split("|")]
        return {"type": list(dict.fromkeys(read))} if None not in read and depth < 8 else {}
    outer, bracket, inner = text.partition("[")
    base = outer.strip().rpartition(".")[2].lower()
    if not bracket or depth > MAX_DEPTH:
        return {"type": _TYPES[base]} if base in _TYPES else {}
    inner = inner.strip().removesuffix("]")
    if base == "optional":
        return _named_type(inner, depth + 1)
    if _TYPES.get(base) == "array":
        held = {} if "," in inner else _named_type(inner, depth + 1)
        return {"type": "array", "items": held} if held else {"type": "array"}
    return {"type": _TYPES[base]} if base in _TYPES else {}


def _required(normal: JsonObject, given: JsonObject) -> None:
    """Move `required: true` of draft 3 from the properties to the object."""
    if isinstance(normal.get("required"), bool):
        del normal["required"]
    properties = given.get("properties")
    if not isinstance(properties, dict):
        return
    needed = [
        name
        for name, inner in properties.items()
        if isinstance(inner, dict) and inner.get("required") is True
    ]
    listed = normal.get("required")
    if needed and (listed is None or isinstance(listed, list)):
        normal["required"] = list(dict.fromkeys([*(listed or []), *needed]))


def _bounds(normal: JsonObject) -> None:
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        flag = normal.get(exclusive)
        if isinstance(flag, bool):
            del normal[exclusive]
            if flag and plain in normal:
                normal[exclusive] = normal.pop(plain)


def _tuple_items(normal: JsonObject, depth: int) -> None:
    normal["prefixItems"] = [_normal(inner, depth + 1) for inner in normal.pop("items")]
    if "additionalItems" in normal:
        normal["items"] = normal.pop("additionalItems")


def _array_choices(normal: JsonObject) -> None:
    """Move an `enum` of single values from a list to its items, as its author meant it."""
    choices, items = normal.get("enum"), normal.get("items", {})
    if normal.get("type") != "array" or not isinstance(choices, list) or not choices:
        return
    if isinstance(items, dict) and not any(isinstance(choice, list) for choice in choices):
        del normal["enum"]
        normal["items"] = {"enum": choices, **items}
