"""Settings of stage 3, and of the baseline in place of the first two stages."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from toolace_mt.config.retired import drop_retired
from toolace_mt.config.sampling import Sampling
from toolace_mt.config.section import Positive, Section


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
