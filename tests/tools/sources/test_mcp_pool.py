import random

import pytest

from toolace_mt.enrich.trial import objection
from toolace_mt.errors import InputError
from toolace_mt.schemas.check import check_arguments, check_value
from toolace_mt.schemas.draw import draw
from toolace_mt.texts.slots import slots_in
from toolace_mt.tools.gather import gather
from toolace_mt.tools.missing import PARTS
from toolace_mt.tools.pool import load_pool
from toolace_mt.tools.sources.mcp_pool import pool_names, read_mcp_pool


@pytest.mark.parametrize("name", pool_names())
def test_every_tool_has_all_that_dialogues_need(name):
    found = gather([f"mcp-pool:{name}"])
    assert not found.problems
    assert not found.notes
    for tool in found.tools:
        assert all(part.has(tool) for part in PARTS), tool.name
        assert tool.server == name
        required = set(tool.parameters.get("required", ()))
        stated = [{slot.split("[")[0] for slot in slots_in(each.user)} for each in tool.usage]
        assert any(required <= slots for slots in stated), tool.name
        for seed in range(3):
            assert not check_arguments(tool, draw(tool.parameters, random.Random(seed)))
            assert not check_value(tool.returns, draw(tool.returns, random.Random(seed)))
        for exchange in tool.usage:
            assert objection(tool, exchange) is None, exchange


def test_where_a_pool_comes_from_is_recorded():
    for name in pool_names():
        for given in read_mcp_pool(name):
            registry, _, package = given.definition["meta"]["package"].partition(":")
            assert registry in ("npm", "pypi")
            assert package
            assert given.definition["meta"]["version"]
            assert given.definition["meta"]["license"] == "MIT"
            assert given.definition["source"] == f"mcp:{name}"


def test_all_pools_are_one_source():
    assert len(load_pool("mcp-pool:all").tools) == sum(
        len(load_pool(f"mcp-pool:{name}").tools) for name in pool_names()
    )


def test_a_pool_that_there_is_not_is_named_with_those_there_are():
    with pytest.raises(InputError, match="mcp-pool:gopher: expected all, fetch, filesystem, git"):
        load_pool("mcp-pool:gopher")
