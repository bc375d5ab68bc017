"""What a dialogue is given before its first turn, besides tools: its day, manner and policy."""

from dataclasses import dataclass
from typing import Any, Literal

_STRICT: Any = {"extra": "forbid"}  # what people write in files has no unknown keys


@dataclass(frozen=True, slots=True)
class Condition:
    """When a policy rule applies: what a value of a call, or of an earlier output, has to be.

    `argument` is the path of the value in the call. Otherwise `output` is the name of a field in
    the latest output about the same thing: the one that has, at the call's argument `by`, the same
    value under that name. Numbers compare as numbers, everything else as text, so that ISO dates
    compare by day.
    """

    test: Literal["equals", "differs", "one_of", "above", "below", "at_least", "at_most"]
    value: Any
    argument: str = ""
    output: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule of a policy, for calls of `tools` of which every condition in `when` holds.

    `text` is the rule in a sentence without a full stop. Such a call is declined ("refuse"), left
    to a human ("hand_over"), or made only after the user has confirmed it ("confirm").
    """

    __pydantic_config__ = _STRICT

    name: str
    text: str
    tools: tuple[str, ...]
    then: Literal["refuse", "hand_over", "confirm"]
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a dialogue is given before its first turn, besides tools.

    `date` is today's, in ISO form. `persona` describes how the user writes. `language` is an ISO
    639-1 code. `policy` are the rules that the assistant follows. `role` says whose assistant it
    is. Each is empty where a dialogue has none; an empty `language` is English.
    """

    role: str = ""
    date: str = ""
    persona: str = ""
    language: str = ""
    policy: tuple[PolicyRule, ...] = ()
