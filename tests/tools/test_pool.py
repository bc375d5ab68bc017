import json
import pickle
import random
import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from work import calls_in

from toolace_mt.errors import EmptyPoolError, InputError
from toolace_mt.texts.constrained import prose_pattern
from toolace_mt.texts.slots import slots_in
from toolace_mt.tools.chains import find_links
from toolace_mt.tools.pool import ToolPool, load_pool
from toolace_mt.trajectory import Tool

STRING = {"type": "string"}


def chained(domain, count):
    """Return tools of one domain, each taking what the one before it makes; and one alone."""
    tools = [
        Tool(
            f"{domain}_{i}",
            "",
            {"type": "object", "properties": {f"{domain}_key_{i}": STRING}},
            {"type": "object", "properties": {f"{domain}_key_{i + 1}": STRING}},
            domain,
        )
        for i in range(count)
    ]
    return [*tools, Tool(f"{domain}_alone", "", {"type": "object", "properties": {}}, None, domain)]


POOL = ToolPool(
    tuple(tool for domain in ("air", "bank", "care", "desk") for tool in chained(domain, 5))
)
STARTER = load_pool("starter")


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(0, 4))
def test_candidates_are_as_many_as_asked_distinct_and_where_they_belong(seed, related, distractors):
    found = POOL.sample(random.Random(seed), related, distractors)
    assert len(found.related) == related
    assert len(found.distractors) == distractors
    names = [tool.name for tool in (*found.related, *found.distractors)]
    assert len(set(names)) == len(names)
    homes = {tool.domain for tool in found.related}
    assert len(homes) == 1
    assert not homes & {tool.domain for tool in found.distractors}
    if related > 1:
        assert find_links(found.related)
    assert found == POOL.sample(random.Random(seed), related, distractors)


def test_every_tool_gets_its_turn():
    seen = Counter(
        tool.name for seed in range(600) for tool in POOL.sample(random.Random(seed), 3, 1).related
    )
    assert set(seen) == {tool.name for tool in POOL.tools}


def test_small_domains_borrow_and_small_pools_give_what_they_have():
    lonely = ToolPool(tuple(replace(tool, domain=tool.name) for tool in POOL.tools))
    assert len(lonely.sample(random.Random(0), 4, 2).related) == 4
    tiny = ToolPool(POOL.tools[:3])
    found = tiny.sample(random.Random(0), 5, 5)
    assert len(found.related) == 3
    assert found.distractors == ()


def test_without_domains_and_links():
    plain = tuple(
        replace(tool, domain="general", returns=None, parameters={"type": "object"})
        for tool in POOL.tools
    )
    found = ToolPool(plain).sample(random.Random(0), 5, 3)
    assert len({tool.name for tool in (*found.related, *found.distractors)}) == 8


def test_large_pools_stay_fast():
    large = ToolPool(
        tuple(
            replace(tool, name=f"{tool.name}_{copy}", domain=f"{tool.domain}_{copy % 50}")
            for copy in range(1250)
            for tool in POOL.tools
        )
    )
    assert len(large.tools) == 30_000
    large.sample(random.Random(0), 5, 3)
    few, many = (
        calls_in(lambda pool=pool: [pool.sample(random.Random(seed), 5, 3) for seed in range(20)])
        for pool in (POOL, large)
    )
    assert many < 3 * few


def test_pools_travel_between_processes():
    copy = pickle.loads(pickle.dumps(POOL))
    assert copy == POOL
    assert copy.sample(random.Random(3), 4, 2) == POOL.sample(random.Random(3), 4, 2)


def test_loading_a_file(tmp_path):
    path = tmp_path / "tools.jsonl"
    path.write_text(json.dumps({"name": "ping"}) + "\n{oops\n")
    pool = load_pool(str(path))
    assert [tool.name for tool in pool.tools] == ["ping"]
    assert [problem.where for problem in pool.problems] == [f"{path}:2"]


def test_of_one_name_on_two_servers_a_dialogue_sees_one(tmp_path):
    path = tmp_path / "tools.jsonl"
    tools = [
        {"name": name, "server": server, "description": f"{name} of {server}"}
        for server in ("a", "b", "c")
        for name in ("search", "fetch", f"only_{server}")
    ]
    path.write_text("".join(json.dumps(tool) + "\n" for tool in tools))
    pool = load_pool(str(path))
    assert (len(pool.tools), pool.problems) == (9, ())
    seen = set()
    for seed in range(200):
        found = pool.sample(random.Random(seed), 3, 2)
        names = [tool.name for tool in (*found.related, *found.distractors)]
        assert len(set(names)) == len(names)
        seen |= {(tool.name, tool.server) for tool in (*found.related, *found.distractors)}
    assert len(seen) == 9


def test_what_repeats_a_definition_exactly_is_merged(tmp_path):
    path = tmp_path / "tools.jsonl"
    path.write_text("".join(json.dumps({"name": "x", "server": s}) + "\n" for s in "aab"))
    assert [tool.server for tool in load_pool(str(path)).tools] == ["a"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no definitions"),
        ("{oops\n[]\n", "2 definitions were left out, the first: .*:1: not JSON"),
        ("[]", "holds no tool definition"),
    ],
)
def test_an_empty_pool_is_an_error_that_says_why(tmp_path, content, said):
    path = tmp_path / "tools.jsonl"
    path.write_text(content)
    with pytest.raises(EmptyPoolError, match=said):
        load_pool(str(path))


def test_a_missing_file_is_an_input_error():
    with pytest.raises(InputError, match="nowhere"):
        load_pool("nowhere.jsonl")


@pytest.mark.parametrize("tool", STARTER.tools, ids=lambda tool: tool.name)
def test_the_grammar_admits_what_starter_examples_show(tool):
    for text in (text for example in tool.usage for text in (example.user, example.reply)):
        assert re.fullmatch(prose_pattern(["{" + slot + "}" for slot in slots_in(text)]), text), (
            text
        )


def test_the_starter_pool():
    assert STARTER.problems == ()
    domains = Counter(tool.domain for tool in STARTER.tools)
    assert len(STARTER.tools) >= 80
    assert len(domains) >= 12
    for domain in domains:
        members = [tool for tool in STARTER.tools if tool.domain == domain]
        assert len(find_links(members)) >= 3, domain
    for tool in STARTER.tools:
        assert tool.returns
        assert tool.license == "Apache-2.0"
        assert 2 <= len(tool.usage) <= 3, tool.name
