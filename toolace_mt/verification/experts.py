"""Model experts: one question each about a finished dialogue, and one verdict from their answers.

All experts of a dialogue share the prompt up to their question, so that prefix caching pays for
most of it. Asked at temperature 0 by default, each answers with its verdict first and then, unless
`reasons` is off, a short reason. An answer that cannot be read is asked for again within bounds,
and is then undecided: never a pass, never a fail.
"""

import asyncio
from typing import Literal

from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.prompt import context, render
from toolace_mt.calls.question import Question, ask
from toolace_mt.calls.request import Generate
from toolace_mt.config import Expert, VerificationConfig
from toolace_mt.trajectory import Answer, JsonObject, Outcome, Trajectory

_VERDICT: JsonObject = {"verdict": {"type": "string", "enum": ["pass", "fail"]}}
_REASON: JsonObject = {"reason": {"type": "string", "maxLength": 160}}


async def ask_experts(
    trajectory: Trajectory, generate: Generate, config: VerificationConfig
) -> tuple[Answer, ...]:
    """Put all questions of the config at once; answers come in the order of `config.experts`."""
    shown = context(trajectory)
    frame = render("verification/_frame", reasons=config.reasons)

    async def answer(expert: Expert) -> Answer:
        question = render(f"verification/{expert}", task=trajectory.task)
        schema = closed(_VERDICT | _REASON if config.reasons else _VERDICT)
        read = await ask(
            Question(f"{frame}\n{question}", schema, _parse),
            *(trajectory, generate, config.sampling),
            stage="verification",
            kind=expert,
            seed=trajectory.seed,
            shown=shown,
        )
        if isinstance(read, Unusable):
            return Answer(expert, "undecided", read.reason)
        return Answer(expert, *read)

    return tuple(await asyncio.gather(*map(answer, config.experts)))


def _parse(answer: JsonObject) -> tuple[Literal["pass", "fail"], str]:
    """Return verdict and reason; raises Unreadable if there is no verdict."""
    if answer.get("verdict") not in ("pass", "fail"):
        raise Unreadable('expected {"verdict": "pass" or "fail", "reason": ...}')
    return answer["verdict"], str(answer.get("reason", ""))


def aggregate(answers: tuple[Answer, ...], config: VerificationConfig) -> Outcome:
    """Return what the decisive answers come to; without any, "accepted".

    `all` needs every pass, `majority` more than half. Undecided answers count for neither side: the
    outcome is undecided as long as they could turn it.
    """
    names = config.experts if config.decisive is None else config.decisive
    counted = [answer.outcome for answer in answers if answer.expert in names]
    total, passed = len(counted), counted.count("pass")
    needed = total if config.aggregation == "all" else total // 2 + 1
    if passed >= needed or not counted:
        return "accepted"
    return "undecided" if total - counted.count("fail") >= needed else "rejected"
