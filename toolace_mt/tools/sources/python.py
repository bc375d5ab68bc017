"""Tools from Python: functions, and the public methods of classes.

Signatures and type hints become the schema (by pydantic), docstrings the descriptions. The named
module is imported, so its code runs.
"""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

from docstring_parser import Docstring, ParseError, parse
from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic_core import PydanticSerializationError, from_json, to_json

from toolace_mt.errors import InputError, one_line
from toolace_mt.tools.dialects import Malformed
from toolace_mt.tools.sources.base import Given
from toolace_mt.trajectory import JsonObject

_NOT_TOOLS = frozenset(("reset", "close", "setup", "teardown", "candidates"))
"""Methods of an environment that its host calls, and no assistant."""

_OPEN = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def read_python(place: str) -> Iterator[Given]:
    """Yield the tools of `MODULE`, `MODULE:NAME` or `FILE.py:NAME`; NAME may be a dotted path.

    A module gives its own public functions, a class its public methods, a function itself.
    """
    found, module = located(place)
    for called, function in _functions(found, module):
        here = f"python:{place}: {called}"
        try:
            definition = definition_of(called, function)
            yield Given(
                here, {**definition, "server": module.__name__, "source": f"python:{place}"}
            )
        except Malformed as malformed:
            yield Given(here, malformed)


def located(place: str) -> tuple[Any, ModuleType]:
    """Return what a place names, and its module; raises InputError if there is no such thing."""
    module_name, _, name = place.partition(":")
    module = _imported(module_name, place)
    found: Any = module
    for part in filter(None, name.split(".")):
        found = getattr(found, part, None)
        if found is None:
            raise InputError(f"python:{place}: {module_name} has no {name!r}")
    return found, module


def _imported(name: str, place: str) -> ModuleType:
    try:
        if not name.endswith(".py"):
            if "" not in sys.path:
                sys.path.insert(0, "")  # as `python -m` does
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(Path(name).stem, name)
        if spec is None or spec.loader is None:
            raise ImportError(f"cannot load {name}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # pydantic resolves names in type hints there
        spec.loader.exec_module(module)
    except Exception as error:  # a module may raise anything
        raise InputError(f"python:{place}: cannot be imported: {one_line(error)}") from error
    return module


def _functions(found: Any, module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    if inspect.ismodule(found):
        for name, member in vars(found).items():
            own = inspect.isfunction(member) and member.__module__ == module.__name__
            if own and not name.startswith("_"):
                yield name, member
    elif inspect.isclass(found):
        for name in dir(found):  # sorted by name, so that base classes do not matter
            member = inspect.getattr_static(found, name)
            function = getattr(found, name)
            if name.startswith("_") or name in _NOT_TOOLS or not callable(function):
                continue
            if inspect.isclass(member):
                continue
            if isinstance(member, staticmethod | classmethod):
                yield name, function
            elif inspect.isfunction(member):
                yield name, _Bound(member)
    elif callable(found):
        yield getattr(found, "__name__", type(found).__name__), found
    else:
        raise InputError(
            f"python:{module.__name__}: {type(found).__name__} is no function, class or module"
        )


class _Bound:
    """A method as its callers see it, without `self`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        signature = inspect.signature(function)
        _, *others = signature.parameters.values()
        self.__signature__ = signature.replace(parameters=others)
        self.__doc__ = function.__doc__

    def __call__(self) -> None:
        raise TypeError("only its signature is of use")


def definition_of(name: str, function: Callable[..., Any]) -> JsonObject:
    """Return the definition of a callable; raises Malformed for one whose hints give no schema.

    `*args` and `**kwargs` are left out, since no schema describes them.
    """
    real = function.function if isinstance(function, _Bound) else function
    try:
        hints = get_type_hints(real, include_extras=True)
        signature = inspect.signature(function)
    except (NameError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("", f"{name}: its hints cannot be read: {one_line(error)}") from error
    doc = _doc(function)
    about = {param.arg_name: param.description for param in doc.params}
    properties: JsonObject = {}
    required: list[str] = []
    for key, parameter in signature.parameters.items():
        if parameter.kind in _OPEN:
            continue
        schema = _schema(hints.get(key, Any), f"{name}: {key}")
        if about.get(key):
            schema = {"description": " ".join(str(about[key]).split()), **schema}
        if parameter.default is inspect.Parameter.empty:
            required.append(key)
        else:
            schema = {**schema, **_default(parameter.default)}
        properties[key] = schema
    parameters = _lifted({"type": "object", "properties": properties, "required": required})
    described = " ".join(filter(None, (doc.short_description, doc.long_description)))
    result: JsonObject = {
        "name": name,
        "description": " ".join(described.split()),
        "parameters": parameters,
    }
    if usage := getattr(real, "usage", None):
        result["usage"] = usage
    if hints.get("return") not in (None, Any, type(None)):
        result["returns"] = _schema(hints["return"], f"{name}: return", "serialization")
    return result


def _doc(function: Callable[..., Any]) -> Docstring:
    text = inspect.getdoc(function) or ""
    try:
        return parse(text)
    except ParseError:
        return parse(text.partition("\n\n")[0])


def _schema(hint: Any, where: str, mode: Any = "validation") -> JsonObject:
    try:
        schema: JsonObject = TypeAdapter(hint).json_schema(mode=mode)
    except (PydanticUserError, TypeError, ValueError, NameError) as error:
        raise Malformed(
            "", f"{where}: no JSON Schema for {hint!r}: {one_line(error, 120)}"
        ) from error
    schema.pop("title", None)
    return schema


def _default(value: Any) -> JsonObject:
    try:
        return {"default": from_json(to_json(value))}
    except (PydanticSerializationError, ValueError):
        return {}  # a default that is not JSON is left out


def _lifted(schema: JsonObject) -> JsonObject:
    """Move the `$defs` of single parameters to the top level, where their references point."""
    shared: JsonObject = {}
    for name, inner in schema["properties"].items():
        if "$defs" in inner:
            shared |= inner["$defs"]
            schema["properties"][name] = {k: v for k, v in inner.items() if k != "$defs"}
    return {**schema, "$defs": shared} if shared else schema
