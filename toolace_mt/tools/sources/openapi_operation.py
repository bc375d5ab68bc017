"""One operation of an OpenAPI document as a tool definition."""

import re
from collections.abc import Iterator
from typing import Any

from toolace_mt.tools.dialects import Malformed
from toolace_mt.tools.sources.openapi_examples import example_values, spread
from toolace_mt.tools.sources.openapi_refs import pointed
from toolace_mt.tools.sources.openapi_schema import Inliner
from toolace_mt.trajectory import JsonObject

_PLACES = ("path", "query", "header", "body", "formData")
_IGNORED_HEADERS = ("accept", "content-type", "authorization")
_LONGEST = 1024
_WORD = re.compile(r"[A-Za-z0-9]+")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_SCHEMA_KEYS = (
    *("type", "format", "items", "enum", "default", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "minLength", "maxLength", "pattern", "minItems", "maxItems"),
    *("uniqueItems", "multipleOf"),
)
_JSON = re.compile(r"(application|text)/([\w.-]+\+)?json\b|\*/\*")


def definition_of(
    document: JsonObject, path: str, method: str, item: JsonObject, whose: JsonObject
) -> JsonObject:
    """Return the definition of `paths.<path>.<method>`; `whose` has its server, source, licence.

    Path, query, header and body parameters become properties of one object. If several have the
    same name, all but the first get their place as a suffix (`id`, `id_query`). Credentials are
    left out: a model never writes secrets.
    """
    operation: JsonObject = item[method]
    given = operation.get("operationId")
    called = given if isinstance(given, str) and given.strip() else ""
    arguments = _Arguments()
    for parameter in _parameters(document, item, operation):
        _add_parameter(document, arguments, parameter)
    body = pointed(document, operation.get("requestBody"))
    if isinstance(body, dict):
        _add_body(document, arguments, body)
    tags = [tag for tag in operation.get("tags") or () if isinstance(tag, str)]
    domain = f"{whose['server']}: {tags[0]}" if tags else whose["server"]
    name = called or f"{method} {path}"
    return {
        "name": name if called else "_".join([method, *_path_words(path)]),
        "original": name,
        "description": _description(item, operation, method, path),
        "parameters": arguments.schema(),
        "returns": _returns(document, operation),
        "domain": domain,
        **whose,
    }


def _path_words(path: str) -> Iterator[str]:
    for part in path.split("/"):
        words = "_".join(_WORD.findall(part))
        if words:
            yield f"by_{words}" if part.startswith("{") else words


def _description(item: JsonObject, operation: JsonObject, method: str, path: str) -> str:
    texts = (operation.get("summary"), operation.get("description"), item.get("summary"))
    said = [_plain(text) for text in texts if isinstance(text, str) and text.strip()]
    if len(said) > 1 and said[1].startswith(said[0].rstrip(".")):
        del said[0]
    text = " ".join(f"{part.rstrip('.')}." for part in said[:2]) or f"{method.upper()} {path}"
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST].rpartition(' ')[0]} ..."
    return f"{text} Deprecated." if operation.get("deprecated") is True else text


def _plain(text: str) -> str:
    return " ".join(_TAG.sub(" ", text).split())


class _Arguments:
    """The properties of one tool's arguments, with distinct names."""

    def __init__(self) -> None:
        self.properties: JsonObject = {}
        self.required: list[str] = []

    def add(self, name: str, place: str, schema: Any, required: bool) -> None:
        """Add an argument; `place` becomes a suffix if the name is taken."""
        key, number = name, 1
        while key in self.properties:
            key = f"{name}_{place}" if number == 1 else f"{name}_{place}_{number}"
            number += 1
        self.properties[key] = schema
        if required:
            self.required.append(key)

    def schema(self) -> JsonObject:
        """Return the schema of all arguments."""
        schema: JsonObject = {"type": "object", "properties": self.properties}
        return {**schema, "required": self.required} if self.required else schema


def _parameters(document: JsonObject, item: JsonObject, operation: JsonObject) -> list[JsonObject]:
    """Return the parameters of path and operation, sorted by place; the operation's win."""
    found: dict[tuple[str, str], JsonObject] = {}
    secrets = _secret_parameters(document)
    for holder in (item, operation):
        listed = holder.get("parameters")
        for given in listed if isinstance(listed, list) else ():
            parameter = pointed(document, given)
            if not isinstance(parameter, dict):
                raise Malformed(".parameters", f"{str(given)[:100]} leads to no parameter")
            name, place = parameter.get("name"), parameter.get("in")
            if not isinstance(name, str) or place not in _PLACES:
                continue  # cookies, which no model writes
            hidden = place == "header" and name.lower() in _IGNORED_HEADERS
            if not hidden and (name, place) not in secrets:
                found[name, str(place)] = parameter
    return sorted(found.values(), key=lambda parameter: _PLACES.index(parameter["in"]))


def _secret_parameters(document: JsonObject) -> set[tuple[str, str]]:
    schemes = document.get("securityDefinitions")
    if not isinstance(schemes, dict):
        components = document.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    values = schemes.values() if isinstance(schemes, dict) else ()
    return {
        (str(scheme.get("name")), str(scheme.get("in")))
        for scheme in values
        if isinstance(scheme, dict) and scheme.get("type") == "apiKey"
    }


def _add_parameter(document: JsonObject, arguments: _Arguments, parameter: JsonObject) -> None:
    place, needed = parameter["in"], parameter.get("required") is True or parameter["in"] == "path"
    if place == "body":
        _add_value(document, arguments, parameter.get("schema"), needed, {})
        return
    content = parameter.get("content")
    schema = parameter.get("schema")
    if schema is None and isinstance(content, dict) and content:
        schema = (next(iter(content.values())) or {}).get("schema")
    if schema is None:  # Swagger 2
        schema = {key: parameter[key] for key in _SCHEMA_KEYS if key in parameter}
        if schema.get("type") == "file":
            schema = {"type": "string", "description": "Content of the file."}
    read = Inliner(document, "request").whole(schema)
    if isinstance(read, dict):
        text = parameter.get("description")
        read = {**read, "description": _plain(text)} if isinstance(text, str) and text else read
        read = spread(read, example_values(document, parameter))
        if parameter.get("deprecated") is True:
            read["description"] = f"{read.get('description', '')} Deprecated.".strip()
    arguments.add(parameter["name"], place.removesuffix("Data"), read, needed)


def _add_body(document: JsonObject, arguments: _Arguments, body: JsonObject) -> None:
    content = body.get("content")
    media = _media(content) if isinstance(content, dict) else None
    if media is not None:
        needed = body.get("required") is True
        _add_value(document, arguments, media.get("schema"), needed, media)


def _media(content: JsonObject) -> JsonObject | None:
    """Return the media type of the body to use: JSON if possible, then forms, then any."""
    kinds = [kind for kind, media in content.items() if isinstance(media, dict)]
    ranked = sorted(kinds, key=lambda kind: (not _JSON.match(kind), "form" not in kind))
    found: JsonObject | None = content[ranked[0]] if ranked else None
    return found


def _add_value(
    document: JsonObject, arguments: _Arguments, given: Any, needed: bool, media: JsonObject
) -> None:
    """Add a body: the properties of an object one by one, anything else as `body`."""
    schema = Inliner(document, "request").whole(given)
    if not isinstance(schema, dict):
        return
    schema = spread(schema, example_values(document, media))
    properties = schema.get("properties")
    apart = ("anyOf", "oneOf", "additionalProperties", "patternProperties")
    open_ended = any(schema.get(key) not in (None, False) for key in apart)
    if not isinstance(properties, dict) or not properties or open_ended:
        arguments.add("body", "request", schema, needed)
        return
    required = schema.get("required") or ()
    for name, inner in properties.items():
        arguments.add(name, "body", inner, needed and name in required)


def _returns(document: JsonObject, operation: JsonObject) -> JsonObject | None:
    """Return the schema of the first successful response, None if it has none."""
    responses = operation.get("responses")
    if not isinstance(responses, dict):
        return None
    good = sorted((str(code), code) for code in responses if str(code).upper().startswith("2"))
    for _, code in [*good, *((("default", "default"),) if "default" in responses else ())]:
        response = pointed(document, responses[code])
        if not isinstance(response, dict):
            continue
        content = response.get("content")
        media = _media(content) if isinstance(content, dict) else response
        given = media.get("schema") if media else None
        if given is None or (code == "default" and good):
            continue
        schema = Inliner(document, "response").whole(given)
        if isinstance(schema, dict) and schema:
            return spread(schema, example_values(document, media or {}))
    return None
