"""Stages small enough to see through: what a dialogue becomes follows from its seed alone."""

import asyncio
from dataclasses import replace

from toolace_mt.calls.ask import Unusable, send
from toolace_mt.calls.request import Generate, Request
from toolace_mt.methods import RunContext, Stage
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.trajectory import Trajectory, Turn, Verdict

WORD = {
    "type": "object",
    "properties": {"word": {"enum": ["to", "be", "or", "not"]}},
    "required": ["word"],
    "additionalProperties": False,
}


def a_request(trajectory: Trajectory, stage: str, round: int, slot: int = 0) -> Request:
    seed = derive_seed(trajectory.seed, stage, round, slot)
    context = "context " * 50
    return Request(
        *(trajectory.id, stage, "word", round, str(slot), context, "say a word"),
        schema=WORD,
        seed=seed,
    )


async def first(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    """One to three calls in a row; a dialogue in seventeen raises, as broken stage code would."""
    assert run.pool.tools
    turns: list[Turn] = []
    for round in range(1 + derive_random(trajectory.seed, "length").randrange(3)):
        text = await send(generate, a_request(trajectory, "initialization", round), str, 3)
        if isinstance(text, Unusable):
            return replace(trajectory, failure=text.reason)
        turns.append(Turn("user", text))
    if derive_random(trajectory.seed, "raise").random() < 0.06:
        raise KeyError("a bug in a stage")
    return replace(trajectory, turns=tuple(turns))


async def second(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    """Five calls side by side, then one more."""
    burst = (generate(a_request(trajectory, "refinement", 1, slot)) for slot in range(5))
    texts = [completion.text for completion in await asyncio.gather(*burst)]
    texts.append((await generate(a_request(trajectory, "refinement", 2))).text)
    return replace(trajectory, turns=(*trajectory.turns, *(Turn("assistant", t) for t in texts)))


async def third(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    """One call; the seed decides."""
    await generate(a_request(trajectory, "verification", 0))
    outcomes = ("accepted", "rejected", "undecided")
    outcome = outcomes[derive_random(trajectory.seed, "verdict").randrange(3)]
    return replace(trajectory, verdict=Verdict(outcome))  # type: ignore[arg-type]


FAKE_STAGES: dict[str, Stage] = {
    "initialization": first,
    "refinement": second,
    "verification": third,
}
