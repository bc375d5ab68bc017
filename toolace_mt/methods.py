"""The stages of each method, in order, as functions of a dialogue, `generate` and the run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial, wraps

from toolace_mt.caching import dialogue_cache
from toolace_mt.calls.request import Generate
from toolace_mt.config import RunConfig
from toolace_mt.config.refinement import PAPERS
from toolace_mt.config.run import STAGES
from toolace_mt.initialization import initialize
from toolace_mt.initialization.plan import plan_task
from toolace_mt.refinement import refine
from toolace_mt.refinement.injections import EXAMPLES
from toolace_mt.refinement.injections.inject import draw_injections
from toolace_mt.simulation import simulate
from toolace_mt.tools.execute import OpenWorld
from toolace_mt.tools.live.executor import Worlds
from toolace_mt.tools.pool import ToolPool
from toolace_mt.trajectory import Trajectory
from toolace_mt.verification import check, verify


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a stage may know of its run: the settings and the pool of tools."""

    config: RunConfig
    pool: ToolPool
    open_world: OpenWorld | None = None
    """Where calls are made for real; None where they are not (`tools.live`)."""


def context_of(config: RunConfig, pool: ToolPool) -> RunContext:
    """Return what stages may know of a run; raises InputError for a source that cannot be read."""
    live = config.tools.live
    if live is None:
        return RunContext(config, pool)
    return RunContext(config, pool, Worlds(pool.by_name, config.tools, live).open)


Stage = Callable[[Trajectory, Generate, RunContext], Awaitable[Trajectory]]


def _caching(stage: Stage) -> Stage:
    """Give every dialogue a cache for as long as it is in the stage."""

    @wraps(stage)
    async def cached_stage(
        trajectory: Trajectory, generate: Generate, run: RunContext
    ) -> Trajectory:
        with dialogue_cache():
            return await stage(trajectory, generate, run)

    return cached_stage


async def _initialization(
    trajectory: Trajectory, generate: Generate, run: RunContext
) -> Trajectory:
    return await initialize(
        *(trajectory, generate, run.pool, run.config.tools, run.config.initialization),
        run.open_world,
    )


async def _refinement(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    config = run.config
    rules = partial(check, off=config.verification.off)
    return await refine(
        *(trajectory, generate, config.refinement, config.initialization.writing, rules),
        run.open_world,
    )


async def _verification(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    if run.open_world is None or trajectory.failure:
        return await verify(trajectory, generate, run.config.verification)
    async with run.open_world(trajectory.seed) as world:
        return await verify(trajectory, generate, run.config.verification, world.execute)


async def _planning(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    config = run.config
    return await plan_task(trajectory, generate, run.pool, config.tools, config.initialization)


async def _simulation(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    config = run.config
    return await simulate(
        trajectory,
        generate,
        config.simulation,
        config.initialization.writing,
        draw_injections(trajectory.seed, config.refinement, PAPERS),
        EXAMPLES,
        parallel_calls=config.initialization.parallel_calls,
    )


_FUNCTIONS: dict[str, dict[str, Stage]] = {
    "toolace_mt": {
        "initialization": _initialization,
        "refinement": _refinement,
        "verification": _verification,
    },
    "simulation": {
        "initialization": _planning,
        "simulation": _simulation,
        "verification": _verification,
    },
}

METHODS: dict[str, dict[str, Stage]] = {
    method: {stage: _caching(_FUNCTIONS[method][stage]) for stage in stages}
    for method, stages in STAGES.items()
}
"""The stages of each method (`RunConfig.method`), in order.

Both methods plan with the same calls and seeds. A failed dialogue passes through every stage
untouched.
"""
