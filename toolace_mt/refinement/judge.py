"""The judge: compares two versions of the masked turns and adopts or keeps."""

from collections.abc import Mapping
from typing import Literal

from toolace_mt.calls import prompt as layout
from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question, ask
from toolace_mt.calls.request import Generate
from toolace_mt.config import RefinementConfig, Sampling
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.trajectory import JsonObject, Judgement, Trajectory, Turn

_LONGEST_REASON = 120  # characters


async def judge(
    trajectory: Trajectory,
    fills: Mapping[int, Turn],
    round: int,
    generate: Generate,
    config: RefinementConfig,
) -> Judgement:
    """Ask whether the filled turns are better than those of `trajectory`.

    The order in which the two versions are shown is drawn from the seed, so a judge that prefers a
    position prefers neither version. An unreadable answer keeps the old turns and is recorded as
    undecided.
    """
    rng = derive_random(trajectory.seed, "refinement", round, "judge order")
    new_first = rng.random() < 0.5
    old = "\n".join(layout.turn_line(index, trajectory.turns[index]) for index in fills)
    new = "\n".join(layout.turn_line(index, turn) for index, turn in fills.items())
    first, second = (new, old) if new_first else (old, new)
    instruction = render(
        "refinement/judge",
        turns=" and ".join(f"[{index}]" for index in fills),
        first=first,
        second=second,
        reasons=config.reasons,
    )
    hidden = fills if config.context == "masked" else ()
    answer = await ask(
        Question(instruction, _schema(config.reasons), _parse),
        *(trajectory, generate, _cold(config.sampling)),
        stage="refinement",
        kind="judge",
        round=round,
        seed=derive_seed(trajectory.seed, "refinement", round, "judge"),
        shown=layout.context(trajectory, hidden),
    )
    if isinstance(answer, Unusable):
        return Judgement(False, "undecided", answer.reason, new_first)
    letter, reason = answer
    adopted = (letter == "A") == new_first
    return Judgement(adopted, "new" if adopted else "old", reason, new_first)


def _cold(sampling: Sampling) -> Sampling:
    """Return the sampling of a judge: as many attempts as a fill has, at a low temperature."""
    return Sampling(temperature=0.0, top_p=1.0, max_tokens=128, attempts=sampling.attempts)


def _schema(reasons: bool) -> JsonObject:
    properties: JsonObject = {"verdict": {"enum": ["A", "B"]}}
    if reasons:
        properties["reason"] = {"type": "string", "maxLength": _LONGEST_REASON}
    return closed(properties)


def _parse(answer: JsonObject) -> tuple[Literal["A", "B"], str]:
    verdict, reason = answer.get("verdict"), str(answer.get("reason", ""))
    if verdict not in ("A", "B"):
        raise Unreadable(f"verdict {verdict!r}, expected A or B")
    return verdict, reason
