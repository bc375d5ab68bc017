"""The paper's stages in order, each as a function of a dialogue, `generate` and the run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache, partial, wraps
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from toolace_mt.config import RunConfig, validate_config
from toolace_mt.distributed.layout import RunDir, storage
from toolace_mt.engine.base import Generate
from toolace_mt.initialization import initialize
from toolace_mt.initialization.drawing import draw_steps
from toolace_mt.initialization.grounding import ground
from toolace_mt.initialization.task import plan_task
from toolace_mt.memory import remembering
from toolace_mt.refinement import refine
from toolace_mt.refinement.inject import draw_injections
from toolace_mt.simulation import Drawing, simulate
from toolace_mt.tools.pool import ToolPool, load_pool
from toolace_mt.trajectory import Tool, Trajectory
from toolace_mt.verification import check, verify

_TOOL = TypeAdapter(Tool)


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a stage may know of its run."""

    config: RunConfig
    pool: ToolPool


Stage = Callable[[Trajectory, Generate, RunContext], Awaitable[Trajectory]]


def _with_a_memory(stage: Stage) -> Stage:
    """What a stage works out for a dialogue is remembered until that dialogue is through."""

    @wraps(stage)
    async def remembering_stage(
        trajectory: Trajectory, generate: Generate, run: RunContext
    ) -> Trajectory:
        with remembering():
            return await stage(trajectory, generate, run)

    return remembering_stage


@_with_a_memory
async def _initialization(
    trajectory: Trajectory, generate: Generate, run: RunContext
) -> Trajectory:
    return await initialize(
        trajectory, generate, run.pool, run.config.tools, run.config.initialization
    )


@_with_a_memory
async def _refinement(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    config = run.config
    rules = partial(check, off=config.verification.off)
    return await refine(trajectory, generate, config.refinement, config.initialization, rules)


@_with_a_memory
async def _verification(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    return await verify(trajectory, generate, run.config.verification)


@_with_a_memory
async def _planning(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    config = run.config
    return await plan_task(trajectory, generate, run.pool, config.tools, config.initialization)


@_with_a_memory
async def _simulation(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
    config = run.config
    return await simulate(
        trajectory,
        generate,
        config.simulation,
        config.initialization,
        draw_injections(trajectory.seed, config.refinement),
        Drawing(draw_steps, ground),
    )


STAGES: dict[str, Stage] = {
    "initialization": _initialization,
    "refinement": _refinement,
    "verification": _verification,
}
"""Later stages take what the one before published; failed dialogues pass through untouched."""

METHODS: dict[str, dict[str, Stage]] = {
    "toolace_mt": STAGES,
    "simulation": {
        "initialization": _planning,
        "simulation": _simulation,
        "verification": _verification,
    },
}
"""The stages of each method (`RunConfig.method`); both plan with the same calls and seeds."""


def snapshot_pool(config: RunConfig) -> tuple[bytes, list[str]]:
    """Return the bytes of a snapshot of the pool that a new run names, and what was left out."""
    pool = load_pool(config.tools.source)
    lines = (_TOOL.dump_json(tool) + b"\n" for tool in pool.tools)
    return b"".join(lines), [str(problem) for problem in pool.problems]


@lru_cache(maxsize=2)
def load_context(run_dir: str, epoch: int) -> RunContext:  # noqa: ARG001 (a new driver: load anew)
    """Read settings and tools from a run directory, once in each process and epoch."""
    run = RunDir(Path(run_dir))
    with storage(run.tools):
        lines = run.tools.read_bytes().splitlines()
        settings = yaml.safe_load(run.config.read_bytes())
    config = validate_config(settings, str(run.config))
    return RunContext(config, ToolPool(tuple(map(_TOOL.validate_json, lines))))
