"""Settings of stage 2: injections, and rounds of mask and fill."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, create_model, model_validator

from toolace_mt.config.sampling import Sampling
from toolace_mt.config.section import Fraction, Positive, Range, Section, Weight, ordered
from toolace_mt.trajectory import INJECTION_KINDS, INJECTIONS, Injection

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
