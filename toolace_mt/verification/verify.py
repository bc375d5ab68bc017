"""Stage 3 (paper: offline verification): rules, then experts, then one verdict."""

from dataclasses import replace

from toolace_mt.calls.request import Generate
from toolace_mt.config import VerificationConfig
from toolace_mt.tools.execute import Execute
from toolace_mt.trajectory import Answer, Finding, Trajectory, Verdict
from toolace_mt.verification.experts import aggregate, ask_experts
from toolace_mt.verification.facts import Facts, finding
from toolace_mt.verification.queries import with_queries
from toolace_mt.verification.replay import replay
from toolace_mt.verification.rules import apply_rules


async def verify(
    trajectory: Trajectory,
    generate: Generate | None,
    config: VerificationConfig,
    execute: Execute | None = None,
) -> Trajectory:
    """Return the trajectory with its verdict and the origins of its values.

    An error of the rules rejects, and the experts are then not asked: they could not change the
    verdict, and each is a call over the whole dialogue. Without `generate`, or without experts in
    the config, the rules decide alone. Where `execute` reaches real tools, calls are made again and
    what contradicts them is a finding. A dialogue with a `failure` comes back as it is.
    """
    if trajectory.failure:
        return trajectory
    replayed: tuple[Finding, ...] = ()
    if execute is not None:
        trajectory, replayed = await replay(trajectory, execute)
    facts = Facts(trajectory)
    findings = apply_rules(facts, config.off) + replayed
    origins = with_queries((trace.origin for trace in facts.traces), facts)
    if any(found.severity == "error" for found in findings):
        return replace(trajectory, verdict=Verdict("rejected", findings), origins=origins)
    if generate is None or not config.experts:
        return replace(trajectory, verdict=Verdict("accepted", findings), origins=origins)
    answers = await ask_experts(trajectory, generate, config)
    outcome = aggregate(answers, config)
    said = _findings(answers, config, rejected=outcome == "rejected")
    verdict = Verdict(outcome, findings + said, answers)
    return replace(trajectory, verdict=verdict, origins=origins)


def _findings(
    answers: tuple[Answer, ...], config: VerificationConfig, *, rejected: bool
) -> tuple[Finding, ...]:
    """Return what decisive experts object to; outvoted objections are warnings."""
    names = config.experts if config.decisive is None else config.decisive
    return tuple(
        finding(answer.expert, "error" if rejected else "warning", answer.reason)
        for answer in answers
        if answer.outcome == "fail" and answer.expert in names
    )
