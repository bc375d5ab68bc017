"""What a run cost by role, where the settings say what engines cost."""

from collections.abc import Iterator
from dataclasses import dataclass

from toolace_mt.config import RunConfig
from toolace_mt.config.run import MAIN
from toolace_mt.run.shards import Tokens
from toolace_mt.run.status import RunStatus
from toolace_mt.run.status_text import cached_share


@dataclass(frozen=True, slots=True)
class RoleCost:
    """What one role took of the engine that plays it; `cost` is None if that has no price.

    `role` is "" for calls that an earlier version made, which did not say whose they were.
    """

    role: str
    model: str
    paid: Tokens
    cost: float | None


def role_costs(config: RunConfig, status: RunStatus) -> list[RoleCost]:
    """Return what each role took, in all; empty if nothing is said of roles or prices."""
    engines = config.all_engines
    if len(engines) == 1 and config.engine.price is None:
        return []
    played = {str(role): name for role, name in config.roles.items()}
    costs = []
    for role, paid in sorted(status.roles.items()):
        engine = engines[played.get(role, MAIN)]
        price = engine.price
        cost = None if price is None else price.of(paid.prompt, paid.cached, paid.output)
        costs.append(RoleCost(role, engine.model, paid, cost))
    return costs


def total_cost(costs: list[RoleCost]) -> float | None:
    """Return what all roles cost together, None if some of that is not known."""
    known = [each.cost for each in costs if each.cost is not None]
    return sum(known) if known and len(known) == len(costs) else None


def cost_lines(costs: list[RoleCost], accepted: int) -> Iterator[str]:
    """Yield lines about what each role took and, where it is known, what a dialogue cost."""
    total = total_cost(costs)
    if total is not None:
        each = f", {total / accepted:.4g} for each accepted dialogue" if accepted else ""
        yield f"cost: {total:,.2f}{each}"
    for one in costs:
        share = cached_share(one.paid)
        price = "" if one.cost is None else f", cost {one.cost:,.2f}"
        yield (
            f"  {one.role or 'before roles were counted'} ({one.model}): {one.paid.calls:,} calls,"
            f" {one.paid.prompt:,} prompt tokens ({share:.0%} cached),"
            f" {one.paid.output:,} output tokens{price}"
        )
