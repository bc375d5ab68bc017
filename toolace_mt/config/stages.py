"""Settings of the three stages, and of the baseline in place of the first two."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, create_model, model_validator

from toolace_mt.config.policies import Policies
from toolace_mt.config.retired import drop_retired
from toolace_mt.config.section import Fraction, Positive, Range, Section, ordered
from toolace_mt.trajectory import INJECTION_KINDS, INJECTIONS, Injection


class Sampling(Section):
    """How the engine samples one kind of call."""

    temperature: Annotated[float, Field(ge=0, le=2)] = Field(
        0.8, description="of the first attempt; every further one is 0.3 warmer, up to 1"
    )
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    max_tokens: Positive = Field(
        1024,
        description="longest answer, in tokens (of several sub-tasks in one call: for each)",
    )
    attempts: Positive = Field(3, description="how often an unreadable answer is asked for again")


@dataclass(frozen=True, slots=True)
class Writing:
    """How values and texts are written: the settings that later stages need.

    The fields are those of `InitializationConfig`, where they are documented.
    """

    grounding: Literal["free", "constrained"]
    values: Literal["model", "seeded"]
    skeleton: Literal["in_turn", "side_by_side", "together", "drafted"]


Weight = Annotated[float, Field(ge=0)]


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


PAPERS: tuple[Injection, ...] = ("clarification", "tool_awareness", "error_simulation", "non_fc")
"""The kinds of injection that the paper has."""
_OTHERS = 0.4  # weight of a kind beyond the paper's


_WEIGHTS: Any = {
    kind: (Weight, Field(1.0 if kind in PAPERS else _OTHERS, description=description))
    for kind, description in INJECTION_KINDS.items()
}


class InjectionMix(create_model("Weights", __base__=Section, **_WEIGHTS)):  # type: ignore[misc]
    """How often each injection is drawn, relative to the others; 0 leaves it out.

    Where all four kinds of the paper are named, a kind that is not named is left out: that is what
    such settings meant before there were others.
    """

    @model_validator(mode="before")
    @classmethod
    def _only_the_papers(cls, given: Any) -> Any:
        if not isinstance(given, dict) or not given.keys() >= set(PAPERS):
            return given
        return {**dict.fromkeys(INJECTIONS, 0.0), **given}

    def weights(self) -> dict[Injection, float]:
        """Return the weight of every kind of injection whose weight is not 0."""
        return {kind: weight for kind in INJECTIONS if (weight := getattr(self, kind)) > 0}


class RefinementConfig(Section):
    """Stage 2: complexity injection and reasonability refinement, alternating."""

    injections: Range = Field((1, 3), description="injections per dialogue, drawn from the seed")
    mix: InjectionMix = InjectionMix()
    injecting: Literal["in_turn", "together"] = Field(
        "in_turn", description="one injection a round, as in the paper; or all at once, in one call"
    )
    passes: Annotated[int, Field(ge=0)] = Field(5, description="most refinement rounds")
    masks: Positive = Field(3, description="most turns masked in one round")
    round: Literal["alternating", "at_once"] = Field(
        "alternating",
        description="alternating: an injection, then a refinement of what came of it, as in the"
        " paper; at_once: both side by side, of different turns of the same dialogue",
    )
    patience: Positive | None = Field(
        None, description="rounds in a row that change nothing before refinement stops early"
    )
    decay: Fraction = Field(0.3, description="factor on a turn's weight each time it is selected")
    selection: Literal["uniform", "findings_first", "findings_only"] = Field(
        "uniform",
        description="findings_first masks turns that the rules find errors in before others, tells"
        " the model what is wrong, and adopts what mends it without the judge; findings_only masks"
        " no others: what the rules find nothing in is not written anew",
    )
    fill: Literal["together", "by_subtask", "parallel"] = Field(
        "parallel",
        description="all masks of a round in one call, or a call for those of each sub-task, or one"
        " each, side by side",
    )
    context: Literal["masked", "intact", "turns", "examples"] = Field(
        "masked",
        description="masked: turns to be written anew are hidden where they stand, as in the paper;"
        " intact: the dialogue stays as it is and the instruction names the turns, so that all of"
        " it is found in the prefix cache; turns: no more of the dialogue than these turns is"
        " shown, and for texts around values, whose examples say it all, not even that nor tools;"
        " examples: as turns, and such texts are asked for by one example each, without a list of"
        " the values in it, behind an instruction that all dialogues share as a cached prefix",
    )
    judge: bool = Field(True, description="False: the rules alone decide whether a fill is adopted")
    reasons: bool = Field(True, description="False: the judge answers in one word, without reasons")
    reasoning: bool = Field(
        False,
        description="True: what the assistant thinks before its calls, a model call for each turn"
        " of calls; checked for tools and values that it cannot know, exported as"
        " `reasoning_content`",
    )
    sampling: Sampling = Sampling()

    @model_validator(mode="after")
    def _check(self) -> Self:
        ordered("injections", self.injections)
        if self.injections[1] > 0 and not any(self.mix.weights().values()):
            raise ValueError("mix: every weight is 0, yet injections are asked for")
        return self


class SimulationConfig(Section):
    """The autoregressive multi-agent baseline, in place of stages 1.2 and 2 (`method`)."""

    assistant: Literal["free", "guided"] = Field(
        "free",
        description="free: decides by itself among calls and a reply, without knowing the plan;"
        " guided: is told the next planned calls, and its grammar admits no others (the help that"
        " a skeleton has; for weak models)",
    )
    extra_actions: Positive = Field(
        6,
        description="turn limit: actions of the assistant per sub-task beyond those planned, after"
        " which the dialogue fails",
    )
    sampling: Sampling = Sampling()


Expert = Literal[
    "hallucination",
    "consistency",
    "tool_response",
    "tool_choice",
    "completion",
    "naturalness",
    "clarification",
]


class VerificationConfig(Section):
    """Stage 3: rules, and experts as independent questions."""

    experts: tuple[Expert, ...] = Field(
        (
            *("hallucination", "consistency", "tool_response", "tool_choice"),
            *("completion", "naturalness", "clarification"),
        ),
        description="questions put to the model; empty: rules only",
    )
    decisive: tuple[Expert, ...] | None = Field(
        None,
        description="experts that count for the verdict (default: all of them); [] records only",
    )
    aggregation: Literal["all", "majority"] = Field(
        "all", description="which decisive experts must pass: all, or more than half"
    )
    reasons: bool = Field(True, description="False: experts answer in one word, without reasons")
    asking: Literal["apart", "together"] = Field(
        "apart",
        description="apart: a call for each expert, as in the paper; together: one call puts all"
        " questions and gives all verdicts",
    )
    context: Literal["whole", "texts"] = Field(
        "whole",
        description="whole: experts read the tools with their parameters, and every call and"
        " output; texts: what code cannot check: texts in full, of calls and outputs what a text"
        " tells, of every tool one line",
    )
    off: tuple[str, ...] = Field((), description="rules that are not applied, by name")
    sampling: Sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=96, attempts=2)

    @model_validator(mode="before")
    @classmethod
    def _drop_retired(cls, given: Any) -> Any:
        return drop_retired("verification", given)

    @model_validator(mode="after")
    def _check(self) -> Self:
        unknown = set(self.decisive or ()) - set(self.experts)
        if unknown:
            raise ValueError(f"decisive: {sorted(unknown)} not among experts {list(self.experts)}")
        return self
