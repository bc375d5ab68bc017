"""Dialogues with tools of real servers: what the user need not say, and what stays the same."""

import asyncio
from pathlib import Path

import pytest

from toolace_mt.config import load_config
from toolace_mt.initialization import initialize
from toolace_mt.seeds import derive_seed
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Trajectory
from toolace_mt.verification.provenance.trace import origins

FAST = Path(__file__).parents[2] / "configs" / "fast.yaml"


async def _never(request):
    raise AssertionError(f"{request.kind}: drafted dialogues ask nothing")


def dialogues(pool, count):
    config = load_config(FAST, [f"tools.source=mcp-pool:{pool}"])
    tools = load_pool(config.tools.source)
    for number in range(count):
        empty = Trajectory(f"d{number}", derive_seed(config.seed, number))
        asked = initialize(empty, _never, tools, config.tools, config.initialization)
        yield asyncio.run(asked)


@pytest.mark.parametrize(("pool", "share"), [("all", 0.3), ("github", 0.5), ("slack", 0.4)])
def test_arguments_come_from_outputs(pool, share):
    kinds = []
    for made in dialogues(pool, 40):
        derived = {(each.call, each.path) for each in made.derivations}
        for origin in origins(made):
            call, _, path = origin.path.partition(".arguments.")
            if path:
                call = made.turns[origin.turn].calls[int(call.removeprefix("calls[")[:-1])]
                kinds.append(origin.kind == "output" or (call.id, path) in derived)
    assert sum(kinds) / len(kinds) >= share


def test_a_dialogue_keeps_to_the_repository_that_a_search_found():
    for made in dialogues("github", 25):
        calls = [call for _, call, _ in made.calls()]
        about = {
            (c.arguments["owner"], c.arguments["repo"]) for c in calls if "repo" in c.arguments
        }
        found = {
            (row["owner"], row["repo"])
            for turn in made.turns
            for output in turn.outputs
            for row in output.content.get("repositories", ())
        }
        assert len(about) <= 1
        assert about <= found or calls[0].name != "search_repositories"


def test_rows_of_a_list_differ_in_what_names_them():
    lists = [
        [row["path"] for row in output.content["files"]]
        for made in dialogues("filesystem", 25)
        for turn in made.turns
        for output in turn.outputs
        if "files" in output.content and isinstance(output.content["files"], list)
    ]
    assert lists
    assert all(len(set(paths)) == len(paths) for paths in lists)
