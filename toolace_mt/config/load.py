"""YAML and `key=value` overrides, merged by OmegaConf, validated by pydantic."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from toolace_mt.config.run import RunConfig
from toolace_mt.errors import ConfigError

_ENDPOINT = ", such as engine.url=http://127.0.0.1:8000/v1 engine.model=NAME"


def load_config(path: str | Path | None, overrides: list[str] | None = None) -> RunConfig:
    """Read YAML (None: start from nothing), merge `key=value` overrides, and validate the result.

    Raises ConfigError, of one line, for a missing or unreadable file, an unknown key, a wrong type
    or an impossible combination.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    from toolace_mt.config.overrides import apply_overrides

    try:
        loaded = OmegaConf.create() if path is None else OmegaConf.load(path)
        loaded = apply_overrides(loaded, overrides or [], Path(path or ".").parent)
        plain = OmegaConf.to_container(loaded, resolve=True)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (YAMLError, OmegaConfBaseException, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path}: not valid YAML settings: {reason}") from error
    if not isinstance(plain, dict):
        raise ConfigError(f"{path}: expected a mapping of settings at the top level")
    return validate_config(_named(plain), str(path or "settings"))


def _named(settings: Any) -> Any:
    """Return settings whose keys are names: YAML reads an unquoted `off:` as `false:`."""
    if isinstance(settings, list):
        return [_named(item) for item in settings]
    if not isinstance(settings, dict):
        return settings
    words = {False: "off", True: "on"}
    return {
        words[key] if isinstance(key, bool) else key: _named(value)
        for key, value in settings.items()
    }


def validate_config(plain: dict[Any, Any], where: str) -> RunConfig:
    """Validate settings given as plain dicts; `where` names their origin in errors."""
    try:
        return RunConfig.model_validate(plain)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_explain(error)}") from error


def _explain(error: ValidationError) -> str:
    first, *others = error.errors()
    parts = [str(part) for part in first["loc"] if part != "[key]"]  # a key that is not allowed
    key = ".".join(parts) or "settings"
    match first["type"]:
        case "extra_forbidden":
            text = "unknown setting; see `toolace-mt run --help` for all of them"
        case "tuple_type":
            text = f"expected a list, such as [a, b], got {first['input']!r}"
        case "missing":
            given = first["input"]
            endpoint = isinstance(given, dict) and given.get("kind") == "openai"
            text = "is required and missing" + (_ENDPOINT if endpoint else "")
        case _:
            value = repr(first["input"])
            got = "" if first["type"] == "value_error" else f", got {value[:80]}"
            text = first["msg"].removeprefix("Value error, ") + got
    more = f" (and {len(others)} more)" if others else ""
    return f"{key}: {text}{more}"
