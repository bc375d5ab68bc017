"""All settings in one listing, made from the descriptions at their definitions."""

import json
import textwrap
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from toolace_mt.config.engine import EngineSection
from toolace_mt.config.engines import ENGINES
from toolace_mt.config.run import RunConfig

WIDTH = 96
_REQUIRED = object()
_MANY = (tuple, list, dict)
_NESTING = (Union, UnionType, Annotated, *_MANY)


def settings_help() -> str:
    """Return all settings as text, each with its default, its choices and its description.

    Settings are written like overrides, `key=default`. A section's own settings come before its
    sub-sections.
    """
    return "\n".join(_section(RunConfig, "", {}))


def _section(section: type[BaseModel], prefix: str, given: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a section; `given` has defaults set by the enclosing section."""
    inner = {name: _inner(field) for name, field in section.model_fields.items()}
    for name, field in section.model_fields.items():
        if inner[name] is None:
            yield from _setting(f"{prefix}{name}", field, given.get(name, _default(field)))
    for name, found in inner.items():
        if found is EngineSection:
            for kind, engine in ENGINES.items():
                yield from _heading(f"{prefix}{name} (kind: {kind})", engine)
                yield from _section(engine, f"{prefix}{name}.", {"kind": kind})
        elif found is not None:
            defaults = given.get(name, _default(section.model_fields[name]))
            yield from _heading(f"{prefix}{name}", found)
            yield from _section(found, f"{prefix}{name}.", dict(defaults))


def _heading(name: str, section: type[BaseModel]) -> list[str]:
    return ["", *textwrap.wrap(f"{name}: {(section.__doc__ or '').splitlines()[0]}", WIDTH)]


def _setting(name: str, field: FieldInfo, default: Any) -> list[str]:
    value = "  (required)" if default is _REQUIRED else f"={_written(default)}"
    indent = " " * 6
    lines = [f"  {name}{value}"]
    for text in (_choices(field.annotation), field.description or ""):
        lines += textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
    return lines


def _written(value: Any) -> str:
    """Return a default as it is written in an override."""
    if isinstance(value, tuple):
        return f"[{','.join(map(_written, value))}]"
    return value if isinstance(value, str) and value else json.dumps(value)


def _default(field: FieldInfo) -> Any:
    return _REQUIRED if field.is_required() else field.get_default(call_default_factory=True)


def _inner(field: FieldInfo) -> type[BaseModel] | None:
    """Return the section that a field holds, if it holds one."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _choices(annotation: Any) -> str:
    """Return the values that a field takes, "" if they are not listed."""
    names = list(_literals(annotation))
    if len(names) < 2:
        return ""
    parts = (annotation, *get_args(annotation))
    many = any(get_origin(part) in _MANY for part in parts)
    return f"{'any of' if many else 'one of'}: {', '.join(names)}"


def _literals(annotation: Any) -> Iterator[str]:
    """Yield the values of every Literal within a type."""
    if get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    elif get_origin(annotation) in _NESTING:
        for part in get_args(annotation):
            yield from _literals(part)
