"""Stage 1, coarse-grained initialization: the plan, then a skeleton of the whole dialogue."""

from toolace_mt.calls.request import Generate
from toolace_mt.config import InitializationConfig, ToolsConfig
from toolace_mt.initialization.plan import plan_task
from toolace_mt.initialization.skeleton import write_skeleton
from toolace_mt.tools.pool import ToolPool
from toolace_mt.trajectory import Trajectory


async def initialize(
    trajectory: Trajectory,
    generate: Generate,
    pool: ToolPool,
    tools: ToolsConfig,
    config: InitializationConfig,
) -> Trajectory:
    """Plan an empty trajectory and write its skeleton; `failure` is set if that failed."""
    planned = await plan_task(trajectory, generate, pool, tools, config)
    return await write_skeleton(planned, generate, config)
