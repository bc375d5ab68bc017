"""Settings of stage 1: the plan, the skeleton, and how values and texts are written."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from toolace_mt.config.policies import Policies
from toolace_mt.config.retired import drop_retired
from toolace_mt.config.sampling import Sampling
from toolace_mt.config.section import Positive, Range, Section, Weight, ordered


@dataclass(frozen=True, slots=True)
class Writing:
    """How values and texts are written: the settings that later stages need.

    The fields are those of `InitializationConfig`, where they are documented.
    """

    grounding: Literal["free", "constrained"]
    values: Literal["model", "seeded"]
    skeleton: Literal["in_turn", "side_by_side", "together", "drafted"]


class ArgumentMix(Section):
    """How many argument values of each kind a dialogue shall have, relative to the others.

    It is aimed at as far as the tools allow: what no output offers, the user tells. Weights of 0
    for all but `told` leave it at what earlier versions did: codes are read from outputs, and
    everything else is told.
    """

    told: Weight = Field(0.4, description="stated by the user")
    read: Weight = Field(0.2, description="in an output that leaves no choice")
    chosen: Weight = Field(0.25, description="in the row of an output that a constraint selects")
    computed: Weight = Field(0.05, description="a sum, a difference or a count over outputs")
    known: Weight = Field(
        0.1, description="the user's own name, e-mail or phone, which the system prompt tells"
    )

    @property
    def asks(self) -> bool:
        """Whether any argument is asked for by a constraint."""
        return self.read + self.chosen + self.computed + self.known > 0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.told and not self.asks:
            raise ValueError("arguments: every weight is 0, yet calls need arguments")
        return self


class InitializationConfig(Section):
    """Stage 1: the plan and the skeleton (paper: coarse-grained initialization)."""

    subtasks: Range = Field((2, 5), description="sub-tasks per dialogue, drawn before the call")
    steps: Range = Field((1, 6), description="tool-calling steps per sub-task")
    parallel_calls: Positive = Field(3, description="most calls in one step")
    plan: Literal["model", "drawn"] = Field(
        "model",
        description="model: one call plans sub-tasks, tools and steps, as in the paper; drawn: the"
        " seed does, along the links between the tools' schemas, with goals in their words",
    )
    grounding: Literal["free", "constrained"] = Field(
        "free",
        description="free: the model writes the user message first, with its values; constrained:"
        " calls and outputs first, then texts around their values, which the grammar holds",
    )
    values: Literal["model", "seeded"] = Field(
        "model",
        description="who chooses argument and output values: the model, or the seed from the"
        " tools' examples, enums and formats (never generated, so cheaper and never invented)",
    )
    arguments: ArgumentMix = Field(
        ArgumentMix(),
        description="with seeded values: how many arguments the user tells, and how many follow"
        " from outputs, read or selected by a constraint that has one proven answer",
    )
    skeleton: Literal["in_turn", "side_by_side", "together", "drafted"] = Field(
        "in_turn",
        description="in_turn: one call per sub-task, which sees those before it, as in the paper;"
        " together: all sub-tasks in one call; side_by_side (seeded values only): one call each,"
        " none of which waits for another; drafted (seeded values and constrained texts only): no"
        " call, texts are the tools' usage examples, and refinement's first round masks them all",
    )
    system: bool = Field(
        False, description="True: a system prompt that says whose assistant it is and what day"
    )
    policies: Policies = Field(
        (),
        description="policies that the system prompt states and the dialogue keeps: `starter` and"
        " `environments` are shipped, others are YAML files (docs/dialogue_kinds.md)",
    )
    languages: dict[Literal["en", "de", "fr", "es", "zh"], Weight] = Field(
        {"en": 1.0},
        description="languages that users and assistants write in, each with its weight",
    )
    personas: bool = Field(
        False,
        description="True: every user has a way of writing (terse, chatty, in a hurry), which the"
        " prompts that write texts tell",
    )
    today: date | None = Field(
        None,
        description="the day on which all dialogues take place (default: a day from the seed,"
        " before the days that drawn calls name)",
    )
    sampling: Sampling = Sampling()

    @property
    def writing(self) -> Writing:
        """The part of these settings that later stages need."""
        return Writing(self.grounding, self.values, self.skeleton)

    @model_validator(mode="before")
    @classmethod
    def _drop_retired(cls, given: Any) -> Any:
        return drop_retired("initialization", given)

    @model_validator(mode="after")
    def _check(self) -> Self:
        ordered("subtasks", self.subtasks)
        ordered("steps", self.steps)
        if not any(self.languages.values()):
            raise ValueError("languages: every weight is 0")
        if not self.system and (self.policies or self.today):
            raise ValueError("policies and today: they are told by the system prompt; system: true")
        if self.subtasks[0] < 1 or self.steps[0] < 1:
            raise ValueError("subtasks and steps: a dialogue has at least one sub-task of one step")
        around_values = self.values == "seeded" and self.grounding == "constrained"
        if self.skeleton == "drafted" and not around_values:
            raise ValueError("skeleton: drafted needs values: seeded and grounding: constrained")
        if self.skeleton == "side_by_side" and self.values == "model":
            raise ValueError(
                "skeleton: side_by_side needs values: seeded, since what a model makes up for one"
                " sub-task the others cannot know"
            )
        return self
