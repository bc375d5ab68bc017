"""What happens before the first model call: the run directory is created, or found and checked."""

from collections.abc import Iterator

import yaml
from pydantic import TypeAdapter
from rich.console import Console

from toolace_mt.config import RunConfig, validate_config
from toolace_mt.config.retired import as_begun
from toolace_mt.run.arrow import spelt_tool
from toolace_mt.run.directory import RunDir, storage, write_atomically
from toolace_mt.run.plan import Plan, make_plan, read_plan
from toolace_mt.tools.live.executor import Worlds
from toolace_mt.tools.missing import advice
from toolace_mt.tools.pool import ToolPool, load_pool
from toolace_mt.trajectory import Tool
from toolace_mt.verification import check_off


def check_settings(config: RunConfig) -> None:
    """Raise ConfigError for rules in `verification.off` that do not exist. Writes nothing."""
    check_off(config.verification.off)


def continued(run: RunDir, config: RunConfig) -> RunConfig:
    """Return the settings to go on with: what came after a run was begun stays as it was then."""
    found = read_plan(run)
    return config if found is None else as_begun(config, found.settings)


def prepare(run: RunDir, config: RunConfig, console: Console) -> Plan:
    """Create the run directory, or check that it belongs to this configuration; return the plan.

    Raises ConfigError if the directory holds a run with other settings.
    """
    if read_plan(run) is None:
        pool = _pool(config)
        if problems := pool.problems:
            write_atomically(run.left_out, "".join(f"{p}\n" for p in problems).encode())
            counted = f"{len(problems)} tool definitions left out, listed in {run.left_out}"
            console.print(f"{counted}; the first: {problems[0]}", markup=False, soft_wrap=True)
        for line in _remarks(pool):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        lines = (f"{spelt_tool(tool)}\n" for tool in pool.tools)
        write_atomically(run.tools, "".join(lines).encode())
    with storage(run.tools):
        snapshot = run.tools.read_bytes()
    plan = make_plan(run, config, snapshot)
    settings = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    write_atomically(run.config, settings.encode())
    return plan


_NOTES = 3  # that are shown of a pool
_TOOL = TypeAdapter(Tool)


def _pool(config: RunConfig) -> ToolPool:
    pool = load_pool(config.tools.sources, config.tools.held_out)
    if config.tools.live is not None:
        Worlds(pool.by_name, config.tools, config.tools.live).check()
    return pool


def _remarks(pool: ToolPool) -> Iterator[str]:
    """Yield what a user should know of a pool that will be used: slips, and what it lacks."""
    for note in pool.notes[:_NOTES]:
        yield f"to be looked at: {note}"
    if len(pool.notes) > _NOTES:
        yield f"... and {len(pool.notes) - _NOTES:,} more (`toolace-mt tools check` lists them)"
    if line := advice(pool.tools):
        yield line


def read_settings(run: RunDir) -> RunConfig:
    """Return the settings that a run was made with; raises RunDirError if they cannot be read."""
    with storage(run.config):
        settings = yaml.safe_load(run.config.read_bytes())
    return validate_config(settings, str(run.config))


def read_pool(run: RunDir) -> ToolPool:
    """Return the run's snapshot of the tool pool; raise RunDirError if it cannot be read."""
    with storage(run.tools):
        lines = run.tools.read_bytes().splitlines()
    return ToolPool(tuple(map(_TOOL.validate_json, lines)))
