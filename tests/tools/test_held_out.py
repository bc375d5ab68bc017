from dataclasses import replace

from toolace_mt.tools.definitions import parse_tool
from toolace_mt.tools.held_out import HeldOut, signature
from toolace_mt.tools.pool import load_pool


def tool(name, *names, **types):
    properties = {key: {"type": types.get(key, "string")} for key in names}
    schema = {"type": "object", "properties": properties}
    return parse_tool({"name": name, "description": name, "parameters": schema})


GUARD = HeldOut([tool("book_flight", "origin", "destination", "date"), tool("search", "query")])


def test_the_same_tool_in_other_words_is_held_out():
    same = tool("book_flight", "date", "origin", "destination")
    match = GUARD.match(replace(same, description="Other words."))
    assert match.held
    assert "by name and schema" in match.reason
    assert GUARD.match(replace(same, name="bookFlight")).held


def test_the_same_parameters_under_another_name_are_held_out_if_they_say_enough():
    assert GUARD.match(tool("reserve_seat", "origin", "destination", "date")).held
    assert GUARD.match(tool("look_up", "query")) is None


def test_what_comes_near_is_told_and_kept():
    named = GUARD.match(tool("search", "query", "limit"))
    assert (named.held, named.reason) == (False, "has the name of search")
    like = GUARD.match(tool("reserve", "origin", "destination", "date", "seat"))
    assert not like.held
    assert "75% of its parameters" in like.reason
    assert GUARD.match(tool("reserve", "origin", "to", "day", "seat")) is None
    assert GUARD.match(tool("reserve", "origin", "destination", "date", date="integer")) is None


def test_nested_parameters_count():
    inner = {"type": "object", "properties": {"zip": {"type": "string"}}}
    schema = {"type": "object", "properties": {"to": inner, "ids": {"type": ["string", "null"]}}}
    made = parse_tool({"name": "x", "parameters": schema})
    assert signature(made) == (("ids", "null|string"), ("to", "object"), ("to.zip", "string"))


def test_held_out_tools_never_enter_a_pool(tmp_path):
    path = tmp_path / "evaluation.jsonl"
    path.write_text('{"name": "search_flights", "parameters": {"properties": {}}}\n')
    assert len(load_pool("starter", [str(path)]).tools) == 98
    pool = load_pool("starter:travel")
    kept = load_pool("starter", ["starter:travel"])
    assert len(kept.tools) == 98 - len(pool.tools)
    assert "held out: is search_flights by name and schema" in " ".join(map(str, kept.problems))
