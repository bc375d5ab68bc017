"""The scenario of a dialogue: whose assistant it is, what day, and which policy it follows.

It is drawn before the skeleton, so that every prompt has it, and settled once the calls are there:
rules that they would break are left out, and the day comes before the days that they name. So a
policy never costs a dialogue.
"""

import random
from dataclasses import replace
from datetime import date, timedelta

from toolace_mt.calls.prompt import render
from toolace_mt.config import InitializationConfig
from toolace_mt.policies.apply import applies
from toolace_mt.scenario import PolicyRule, Scenario
from toolace_mt.seeds import derive_random
from toolace_mt.texts.days import days_in, fits_today
from toolace_mt.trajectory import Trajectory

_FIRST_DAY = date(2026, 1, 5)
_DAYS = 540  # days from the first on which a dialogue may take place
_AHEAD = 14  # most days between today and the first day that calls name
_OFTEN, _SELDOM = 0.8, 0.3  # share of rules that forbid, and of those that want a confirmation
PERSONAS = (
    "terse: no greeting, no thanks, as few words as possible",
    "chatty: a little story around every request",
    "in a hurry: short sentences, wants it done at once",
    "very polite: greets, says please and thank you",
    "casual: relaxed everyday language, as to a friend",
    "precise: complete sentences, leaves nothing open",
    "unsure: hesitates, asks rather than tells",
    "businesslike: formal and to the point",
)
"""How users may write, one drawn for each dialogue."""


def set_scenario(trajectory: Trajectory, config: InitializationConfig) -> Trajectory:
    """Return a planned dialogue with its scenario, and its system prompt if it is to have one."""
    if trajectory.task is None:
        return trajectory
    rng = _rng(trajectory, "manner")
    language = rng.choices(list(config.languages), list(config.languages.values()))[0]
    scenario = Scenario(
        persona=rng.choice(PERSONAS) if config.personas else "",
        language="" if language == "en" else language,
    )
    trajectory = replace(trajectory, scenario=scenario)
    return _instructed(trajectory, config) if config.system else trajectory


def _instructed(trajectory: Trajectory, config: InitializationConfig) -> Trajectory:
    """Return a dialogue with a role, a day, a policy and the system prompt that tells them."""
    rng = _rng(trajectory, "scenario")
    listed = {(tool.domain, tool.name) for tool in trajectory.tools}
    domains = {tool.domain for tool in trajectory.tools}
    policies = [policy for policy in config.policies if policy.domain in domains]
    roles = [policy.role for policy in policies]
    rules = [
        rule
        for policy in policies
        for rule in policy.rules
        if any((policy.domain, name) in listed for name in rule.tools)
    ]
    kept = [r for r in rules if rng.random() < (_SELDOM if r.then == "confirm" else _OFTEN)]
    today = config.today or _FIRST_DAY + timedelta(days=rng.randrange(_DAYS))
    role = " and ".join(filter(None, [", ".join(roles[:-1]), *roles[-1:]]))
    scenario = replace(trajectory.scenario, role=role, date=today.isoformat(), policy=tuple(kept))
    return replace(trajectory, scenario=scenario, system=_system(scenario))


def settle(trajectory: Trajectory, config: InitializationConfig) -> Trajectory:
    """Return a dialogue whose scenario agrees with the calls of its skeleton."""
    scenario = trajectory.scenario
    if not scenario.date or trajectory.failure:
        return trajectory
    kept = tuple(rule for rule in scenario.policy if not _broken(rule, trajectory))
    today = scenario.date
    fits = all(fits_today(call.arguments, today) for _, call, _ in trajectory.calls())
    if config.today is None and config.values == "seeded" and not fits:
        today = _before_calls(trajectory, _rng(trajectory, "today")) or today
    if kept == scenario.policy and today == scenario.date:
        return trajectory
    settled = replace(scenario, policy=kept, date=today)
    system = trajectory.system.replace(_system(scenario), _system(settled), 1)
    return replace(trajectory, scenario=settled, system=system)


def _rng(trajectory: Trajectory, what: str) -> random.Random:
    return derive_random(trajectory.seed, "initialization", what)


def _system(scenario: Scenario) -> str:
    """Return the system prompt that tells a scenario."""
    return render(
        "initialization/system",
        roles=scenario.role,
        today=f"{date.fromisoformat(scenario.date):%A}, {scenario.date}",
        policy=scenario.policy,
    )


def _broken(rule: PolicyRule, trajectory: Trajectory) -> bool:
    """Tell whether a call breaks a rule; a call beside others cannot be confirmed first."""
    turns = trajectory.turns
    return any(
        applies(rule, call, turns[:index])
        and (rule.then != "confirm" or len(turns[index].calls) > 1)
        for index, call, _ in trajectory.calls()
    )


def _before_calls(trajectory: Trajectory, rng: random.Random) -> str:
    """Draw a day shortly before all days that calls name, and after those in the past; or ""."""
    days = [day for _, call, _ in trajectory.calls() for day in days_in(call.arguments)]
    ahead = [day for day, past in days if not past]
    behind = [day for day, past in days if past]
    latest = max(behind, default=None)
    if not ahead:
        return (latest + timedelta(days=rng.randint(1, _AHEAD))).isoformat() if latest else ""
    first = min(ahead)
    room = min(_AHEAD, (first - latest).days) if latest and latest < first else _AHEAD
    return (first - timedelta(days=rng.randint(1, max(1, room - 1)))).isoformat()
