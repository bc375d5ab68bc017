"""Tools from OpenAPI 3.0, 3.1 and Swagger 2 documents: one tool for each operation.

No existing converter serves the purpose. FastMCP's, the closest, loses the types of Swagger 2, has
no limit on the size of inlined schemas, and turns many bodies into a single argument `body`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from toolace_mt.errors import InputError, one_line
from toolace_mt.tools.dialects import Malformed
from toolace_mt.tools.sources.base import Given
from toolace_mt.tools.sources.openapi_operation import definition_of
from toolace_mt.trajectory import JsonObject

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace", "query")
_MAX_FILE = 1 << 28


def read_openapi(place: str) -> Iterator[Given]:
    """Yield the operations of a document in JSON or YAML, in document order."""
    document = _loaded(place)
    if not is_openapi(document):
        raise InputError(
            f"{place}: is no OpenAPI document; expected `openapi` or `swagger` at its top"
        )
    yield from operations(document, Path(place).name)


def is_openapi(value: Any) -> bool:
    """Return whether a JSON value is an OpenAPI or Swagger document."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("openapi", value.get("swagger")), str)
        and isinstance(value.get("paths", {}), dict)
    )


def operations(document: JsonObject, where: str) -> Iterator[Given]:
    """Yield a definition for every operation of a document; `where` names it in messages."""
    info = document.get("info")
    info = info if isinstance(info, dict) else {}
    licence = info.get("license")
    licence = licence if isinstance(licence, dict) else {}
    whose = {
        "server": str(info.get("title") or where).strip(),
        "license": str(licence.get("identifier") or licence.get("name") or ""),
        "source": f"openapi:{where}",
    }
    for path, item in document.get("paths", {}).items():
        if not isinstance(item, dict):
            continue
        for method in METHODS:
            operation = item.get(method)
            if isinstance(operation, dict):
                here = f"{where}: {method.upper()} {path}"
                try:
                    yield Given(here, definition_of(document, path, method, item, whose))
                except Malformed as malformed:
                    yield Given(here, malformed)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML's safe loader without dates: examples in schemas are JSON, where dates are strings."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _loaded(place: str) -> Any:
    try:
        with open(place, "rb") as file:
            data = file.read(_MAX_FILE)
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
            return json.loads(data.decode("utf-8-sig"))
        return yaml.load(data, _Loader)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{place}: cannot be read: {reason}; expected an OpenAPI document"
        ) from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise InputError(
            f"{place}: neither JSON nor YAML: {one_line(error)}; expected an OpenAPI document"
        ) from error
