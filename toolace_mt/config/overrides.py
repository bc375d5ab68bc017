"""`key=value` overrides on the command line, and the choice of an engine for a preset.

- `engine=NAME` replaces the whole section by `engines/NAME.yaml`, found beside the preset or among
  the files shipped with the source. The name of a file works as well.
- `engine.kind=KIND` keeps those settings of the preset that the new kind has as well.
- `engines.OTHER=NAME` adds what is in such a file as an engine called OTHER.
- These are applied before all other overrides, whatever their position.
"""

import re
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from toolace_mt.config.engines import ENGINES
from toolace_mt.errors import ConfigError

_SHIPPED = Path(__file__).parents[2] / "configs" / "engines"
_OF_ONE_KIND = {"args"}  # has another meaning in every kind
_FIRST = re.compile(r"engine(\.kind)?|engines\.\w+")
_EXCLUDING = {"engine.url": "urls", "engine.urls": "url"}


def apply_overrides(loaded: Any, overrides: list[str], folder: Path) -> Any:
    """Return settings with overrides merged in; `folder` is the directory of the preset.

    Raises ConfigError, of one line, for a malformed override or an unknown engine.
    """
    pairs = [_split(override) for override in overrides]
    given = {key for key, _ in pairs}
    for one, other in (("accepted", "dialogues"), ("dialogues", "accepted")):
        if one in given and other not in given and isinstance(loaded, DictConfig):
            loaded.pop(other, None)  # the preset's goal, in place of which another one is asked for
    for key, value in sorted(pairs, key=lambda pair: not _FIRST.fullmatch(pair[0])):
        named = re.fullmatch(r"[\w./-]+", value)
        if key.startswith("engines.") and _FIRST.fullmatch(key) and named:
            further = {key.removeprefix("engines."): _engine(value, folder)}
            loaded = OmegaConf.merge(loaded, {"engines": further})
            continue
        if key == "engine" and named:
            loaded = OmegaConf.merge(_without(loaded, None), {"engine": _engine(value, folder)})
            continue
        loaded = _set(_without(loaded, kind) if (kind := _kind(key, value)) else loaded, key, value)
    return loaded


def _split(override: str) -> tuple[str, str]:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise ConfigError(f"override {override!r}: expected key=value, such as seed=7")
    return key, value


def _kind(key: str, value: str) -> str:
    """Return the kind of engine that an override sets, "" if it sets none."""
    if key == "engine":
        given = OmegaConf.from_dotlist([f"engine={value}"])["engine"]
        return str(given.get("kind", "")) if isinstance(given, DictConfig) else ""
    return value if key == "engine.kind" else ""


def _engine(name: str, folder: Path) -> Any:
    places = [folder / "engines", _SHIPPED]
    files = [place / f"{name}.yaml" for place in places]
    if name.endswith((".yaml", ".yml")):
        files = [Path(name)]
    for file in files:
        if file.is_file():
            return OmegaConf.load(file)
    known = sorted({file.stem for place in places for file in place.glob("*.yaml")})
    raise ConfigError(
        f"engine={name}: expected {', '.join(known)} or a YAML file, such as engine=endpoint"
        " engine.url=http://127.0.0.1:8000/v1 engine.model=NAME"
    )


def _without(loaded: Any, kind: str | None) -> Any:
    """Return settings without engine settings that an engine of this kind does not have."""
    engine = loaded.get("engine") if isinstance(loaded, DictConfig) else None
    if not isinstance(engine, DictConfig) or engine.get("kind") == kind:
        return loaded
    section = ENGINES.get(kind or "")
    if kind is not None and section is None:  # validation reports the unknown kind
        return loaded
    names = set(section.model_fields) - _OF_ONE_KIND if section else set()
    kept = {str(name): value for name, value in engine.items() if name in names}
    rest = {name: value for name, value in loaded.items() if name != "engine"}
    return OmegaConf.create({**rest, "engine": kept})


def _set(loaded: Any, key: str, value: str) -> Any:
    holder, _, last = key.rpartition(".")
    other = _EXCLUDING.get(key) or _EXCLUDING.get(holder)
    if other and isinstance(loaded, DictConfig) and isinstance(loaded.get("engine"), DictConfig):
        loaded.engine.pop(other, None)
    if not last.isdigit():
        return OmegaConf.merge(loaded, OmegaConf.from_dotlist([f"{key}={value}"]))
    items = OmegaConf.select(loaded, holder) if isinstance(loaded, DictConfig) else None
    if items is None and last == "0":
        return OmegaConf.merge(loaded, OmegaConf.from_dotlist([f"{holder}=[{value}]"]))
    if not isinstance(items, ListConfig) or int(last) > len(items):
        size = len(items) if isinstance(items, ListConfig) else 0
        raise ConfigError(
            f"override {key}={value}: {holder} has {size} items; write {holder}=[{value}]"
        )
    given = OmegaConf.from_dotlist([f"value={value}"])["value"]
    items[int(last) : int(last) + 1] = [given]
    return loaded
