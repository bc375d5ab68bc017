import pytest

from toolace_mt.caching import Same
from toolace_mt.calls.prompt import _describe
from toolace_mt.trajectory import Tool

ITEM = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}


@pytest.mark.parametrize(
    ("returns", "shown"),
    [
        (ITEM, "  returns id (string)"),
        ({"type": "array", "items": ITEM}, "  returns [0].id (string)"),
        ({"type": "array", "items": {"type": "integer"}}, "  returns [0] (integer)"),
        ({"type": "integer", "description": "How many."}, "  returns output (integer): How many."),
    ],
)
def test_prompts_say_what_comes_back_whatever_it_is(returns, shown):
    text = _describe(Same(Tool("t", "Does.", {"type": "object", "properties": {}}, returns)))
    assert text.splitlines()[1:] == [shown]


def test_an_object_without_properties_is_not_spoken_of():
    assert _describe(Same(Tool("t", "Does.", {}, {"type": "object"}))) == "t: Does."
