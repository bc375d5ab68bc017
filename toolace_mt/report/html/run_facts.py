"""What a run's directory tells beside its dialogues: costs, occupancy, rows left out."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from toolace_mt.errors import ConfigError, InputError, RunDirError
from toolace_mt.run.costs import role_costs, total_cost
from toolace_mt.run.directory import RunDir, storage
from toolace_mt.run.prepare import read_settings
from toolace_mt.run.status import RunStatus, status_of
from toolace_mt.trajectory import JsonObject

_NUMBERS = ("time", "seconds", "busy", "slots", "calls", "output", "cached")


def left_out(run_dir: Path) -> dict[str, str]:
    """Return why accepted dialogues are no rows of the run's dataset, by id."""
    path = RunDir(run_dir).dataset / "left_out.jsonl"
    if not path.exists():
        return {}
    with storage(path):
        lines = path.read_text("utf-8").splitlines()
    try:
        return {row["id"]: row["reason"] for row in map(json.loads, lines)}
    except (ValueError, KeyError, TypeError) as error:
        raise RunDirError(f"{path}: expected lines with id and reason; export it again") from error


def run_figures(path: Path) -> JsonObject:
    """Return `costs` by role, their `total`, and `samples` of occupancy; {} for no run.

    Each is empty for a run whose settings say nothing of prices or roles, whose settings are not
    those of this version, or that an earlier version made.
    """
    run = RunDir(path)
    if not run.manifest.exists():
        return {}
    status = status_of(run)
    return {"samples": _samples(status.heartbeat.get("samples")), **_costs(run, status)}


def _costs(run: RunDir, status: RunStatus) -> JsonObject:
    try:
        costs = role_costs(read_settings(run), status)
    except (ConfigError, InputError, RunDirError):
        costs = []
    total = total_cost(costs)
    return {"costs": [asdict(each) for each in costs], "total": total}


def _samples(saved: Any) -> list[list[float]]:
    """Return the numbers of each sample, in the order of `_NUMBERS`."""
    found = [[each.get(n, "") for n in _NUMBERS] for each in saved or () if isinstance(each, dict)]
    return [each for each in found if all(isinstance(n, int | float) for n in each)]
