"""Policies as settings: the shipped ones by name, one's own as a YAML file or in place.

What a file holds becomes part of the settings, so that it is saved with a run's outputs and is
there on every machine.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from toolace_mt.config.section import Section
from toolace_mt.scenario import PolicyRule

_SHIPPED = Path(__file__).parents[1] / "policies"
NAMES = ("starter", "environments")
_SAYABLE = re.compile(r"[A-Z0-9][ !#-\[\]-z|~]{0,109}[^.!?\s]")


class DomainPolicy(Section):
    """The policy of one domain. It holds in dialogues that have tools which its rules name."""

    domain: str = Field(description="domain of the tools, as their definitions give it")
    role: str = Field(description='whose assistant it is, as in "the assistant of a bank"')
    rules: tuple[PolicyRule, ...] = Field(description="rules, each with a name of its own")

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [rule.name for rule in self.rules]
        for rule in self.rules:
            at = f"rule {rule.name!r}"
            if not rule.name.strip() or names.count(rule.name) > 1:
                raise ValueError(f"{at}: every rule needs a name of its own")
            if not rule.tools:
                raise ValueError(f"{at}: tools: name at least one tool")
            if not _SAYABLE.fullmatch(rule.text):
                raise ValueError(
                    f"{at}: text: expected one English sentence of at most 110 characters that"
                    " begins with a capital letter and has neither quotes nor a full stop"
                )
            for each in rule.when:
                if bool(each.argument) == bool(each.output) or bool(each.output) != bool(each.by):
                    raise ValueError(f"{at}: when: expected `argument`, or `output` and `by`")
                if each.test == "one_of" and not isinstance(each.value, list):
                    raise ValueError(f"{at}: when: one_of: expected a list of values")
        return self


_LIST = TypeAdapter(tuple[DomainPolicy, ...])


def _opened(given: Any) -> Any:
    """Return policies with those of files in place of the files' names."""
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list | tuple):
        return given
    found: list[Any] = []
    for each in given:
        found += _read(each) if isinstance(each, str) else [each]
    return found


def _read(name: str) -> list[DomainPolicy]:
    path = _SHIPPED / f"{name}.yaml" if name in NAMES else Path(name)
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name}: unreadable; expected a file or {', '.join(NAMES)}") from error
    except yaml.YAMLError as error:
        raise ValueError(f"{name}: not valid YAML: {' '.join(str(error).split())}") from error
    try:
        return list(_LIST.validate_python(read if isinstance(read, list) else [read]))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        text = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{name}: {key}: {text}") from error


Policies = Annotated[tuple[DomainPolicy, ...], BeforeValidator(_opened)]
"""Policies; a name or a path stands for what its file holds."""
