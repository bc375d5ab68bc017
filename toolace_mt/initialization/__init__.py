"""Stage 1, coarse-grained initialization: the plan, then a skeleton of the whole dialogue."""

from toolace_mt.calls.request import Generate
from toolace_mt.config import InitializationConfig, ToolsConfig
from toolace_mt.initialization.plan import plan_task
from toolace_mt.initialization.scenario import set_scenario, settle
from toolace_mt.initialization.skeleton import write_skeleton
from toolace_mt.tools.execute import OpenWorld
from toolace_mt.tools.pool import ToolPool
from toolace_mt.trajectory import Trajectory


async def initialize(
    trajectory: Trajectory,
    generate: Generate,
    pool: ToolPool,
    tools: ToolsConfig,
    config: InitializationConfig,
    open_world: OpenWorld | None = None,
) -> Trajectory:
    """Return an empty trajectory's skeleton; its `failure` is set if none could be made.

    `open_world` is where its calls are made for real, if anywhere.
    """
    planned = set_scenario(await plan_task(trajectory, generate, pool, tools, config), config)
    if open_world is None:
        return settle(await write_skeleton(planned, generate, config), config)
    async with open_world(planned.seed) as world:
        return settle(await write_skeleton(planned, generate, config, world), config)
