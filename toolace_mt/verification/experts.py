"""Model experts: one question each about a finished dialogue, and one verdict from their answers.

All experts of a dialogue share the prompt up to their question, so that prefix caching pays for
most of it. Asked at temperature 0 by default, each answers with its verdict first and then, unless
`reasons` is off, a short reason. An answer that cannot be read is asked for again within bounds,
and is then undecided: never a pass, never a fail.
"""

import asyncio
from typing import Literal

from toolace_mt.calls.ask import Unreadable, Unusable, ask, closed, read_object
from toolace_mt.calls.prompt import context, render, system
from toolace_mt.calls.request import Generate, Request
from toolace_mt.config import Expert, VerificationConfig
from toolace_mt.trajectory import Answer, JsonObject, Outcome, Trajectory

_VERDICT: JsonObject = {"verdict": {"type": "string", "enum": ["pass", "fail"]}}
_REASON: JsonObject = {"reason": {"type": "string", "maxLength": 160}}

_Read = tuple[Literal["pass", "fail"], str]


async def ask_experts(
    trajectory: Trajectory, generate: Generate, config: VerificationConfig
) -> tuple[Answer, ...]:
    """Put all questions of the config at once; answers come in the order of `config.experts`."""
    head = system(trajectory)
    frame = render("verification/_frame", reasons=config.reasons)
    body = f"{context(trajectory)}\n\n{frame}"
    return tuple(
        await asyncio.gather(
            *(_ask(expert, trajectory, head, body, generate, config) for expert in config.experts)
        )
    )


async def _ask(
    expert: Expert,
    trajectory: Trajectory,
    head: str,
    body: str,
    generate: Generate,
    config: VerificationConfig,
) -> Answer:
    sampling = config.sampling
    request = Request(
        dialogue=trajectory.id,
        stage="verification",
        kind=expert,
        round=0,
        slot="",
        system=head,
        user=f"{body}\n{render(f'verification/{expert}', task=trajectory.task)}",
        schema=closed(_VERDICT | _REASON if config.reasons else _VERDICT),
        seed=trajectory.seed,
        max_tokens=sampling.max_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
    )
    read = await ask(generate, request, parse, sampling.attempts)
    if isinstance(read, Unusable):
        return Answer(expert, "undecided", read.reason)
    return Answer(expert, *read)


def parse(text: str) -> _Read:
    """Read an answer. Raises Unreadable for anything but a verdict and a reason."""
    answer = read_object(text)
    if answer.get("verdict") not in ("pass", "fail"):
        raise Unreadable('expected {"verdict": "pass" or "fail", "reason": ...}')
    return answer["verdict"], str(answer.get("reason", ""))


def aggregate(answers: tuple[Answer, ...], config: VerificationConfig) -> Outcome:
    """Return what the decisive answers come to; without any, "accepted".

    Undecided answers count for neither side: the outcome is undecided as long as they could turn
    it. `all` needs every pass, `majority` more than half, `weighted` the threshold's share of
    the weights.
    """
    names = config.experts if config.decisive is None else config.decisive
    counted = [answer for answer in answers if answer.expert in names]
    if not counted:
        return "accepted"
    weighted = config.aggregation == "weighted"
    weights: dict[str, float] = dict(config.weights.items()) if weighted else {}
    total = sum(weights.get(answer.expert, 1.0) for answer in counted)
    passed = sum(weights.get(a.expert, 1.0) for a in counted if a.outcome == "pass")
    failed = sum(weights.get(a.expert, 1.0) for a in counted if a.outcome == "fail")
    if _enough(passed, total, config):
        return "accepted"
    return "undecided" if _enough(total - failed, total, config) else "rejected"


def _enough(passed: float, total: float, config: VerificationConfig) -> bool:
    match config.aggregation:
        case "all":
            return passed == total
        case "majority":
            return passed > total / 2
        case "weighted":
            return passed >= config.threshold * total
