"""Model experts: one question each about a finished dialogue, and one verdict from their answers.

Experts asked apart share the prompt up to their question, so that prefix caching pays for most of
it. Asked together they share one call. Where they read an outline of the dialogue, the questions
stand before it, so that all dialogues share them as a cached prefix.

Asked at temperature 0 by default, each answers with its verdict first and then, unless `reasons` is
off, a short reason. An answer that cannot be read is asked for again within bounds, and is then
undecided: never a pass, never a fail.
"""

import asyncio
from functools import partial
from typing import Literal

from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.prompt import context, render
from toolace_mt.calls.question import Question, ask
from toolace_mt.calls.request import Generate
from toolace_mt.config import Expert, VerificationConfig
from toolace_mt.trajectory import Answer, JsonObject, Outcome, Trajectory
from toolace_mt.verification.outline import outline

_VERDICT: JsonObject = {"verdict": {"type": "string", "enum": ["pass", "fail"]}}
_REASON: JsonObject = {"reason": {"type": "string", "maxLength": 160}}

_Read = tuple[Literal["pass", "fail"], str]
"""Verdict and reason."""


async def ask_experts(
    trajectory: Trajectory, generate: Generate, config: VerificationConfig
) -> tuple[Answer, ...]:
    """Put all questions of the config at once; answers come in the order of `config.experts`."""
    if config.asking == "together":
        return await _ask_together(trajectory, generate, config)
    shown, whole = _shown(trajectory, config)
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
            tools=whole,
        )
        if isinstance(read, Unusable):
            return Answer(expert, "undecided", read.reason)
        return Answer(expert, *read)

    return tuple(await asyncio.gather(*map(answer, config.experts)))


async def _ask_together(
    trajectory: Trajectory, generate: Generate, config: VerificationConfig
) -> tuple[Answer, ...]:
    """Put all questions in one call; where its answer cannot be read, all are undecided."""
    experts = config.experts
    if not experts:
        return ()
    shown, whole = _shown(trajectory, config)
    task = trajectory.task if whole else None
    instruction = render(
        "verification/experts",
        questions={e: render(f"verification/{e}", task=task) for e in experts},
        outline="" if whole else shown,
        reasons=config.reasons,
    )
    one = closed(_VERDICT | _REASON) if config.reasons else _VERDICT["verdict"]
    read = await ask(
        Question(instruction, closed(dict.fromkeys(experts, one)), partial(_parse_all, experts)),
        *(trajectory, generate, config.sampling),
        stage="verification",
        kind="experts",
        seed=trajectory.seed,
        shown=shown if whole else "",
        tools=whole,
        answers=len(experts),
    )
    if isinstance(read, Unusable):
        return tuple(Answer(expert, "undecided", read.reason) for expert in experts)
    return tuple(Answer(expert, *said) for expert, said in zip(experts, read, strict=True))


def _shown(trajectory: Trajectory, config: VerificationConfig) -> tuple[str, bool]:
    """Return what experts read of the dialogue, and whether they read its tools before that."""
    whole = config.context == "whole"
    return (context(trajectory) if whole else outline(trajectory)), whole


def _parse(answer: JsonObject) -> _Read:
    """Return verdict and reason; raises Unreadable if there is no verdict."""
    if answer.get("verdict") not in ("pass", "fail"):
        raise Unreadable('expected {"verdict": "pass" or "fail", "reason": ...}')
    return answer["verdict"], str(answer.get("reason", ""))


def _parse_all(experts: tuple[Expert, ...], answer: JsonObject) -> list[_Read]:
    """Return what every expert says, a verdict alone or with a reason; raises Unreadable."""
    said = (answer.get(expert) for expert in experts)
    return [_parse(each if isinstance(each, dict) else {"verdict": each}) for each in said]


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
