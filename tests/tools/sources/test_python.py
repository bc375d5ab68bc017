import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from toolace_mt.errors import InputError
from toolace_mt.tools.definitions import parse_tool
from toolace_mt.tools.dialects import Malformed
from toolace_mt.tools.gather import gather
from toolace_mt.tools.sources.python import definition_of

CODE = '''
"""A module of tools."""
from dataclasses import dataclass

@dataclass
class Point:
    x: int
    y: int = 0

def move(point: Point, by: float = 1.5) -> Point:
    """Move a point.

    It goes to the right.

    Args:
        point (Point): Where it is.
        by: How far.
    """
    return point

def _hidden(): ...

class Shop:
    def __init__(self): raise RuntimeError("is not started")
    def reset(self, seed: int): ...
    def order(self, item: str, count: int = 1) -> list[str]:
        """Order an item."""
    @staticmethod
    def hours() -> dict[str, int]: ...
    def _secret(self): ...
    class Inner: ...
'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "shop_of_tests.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "shop_of_tests"
    sys.modules.pop("shop_of_tests", None)


def test_functions_of_a_module(module):
    found = gather([f"python:{module}"])
    (move,) = found.tools
    assert move.name == "move"
    assert move.description == "Move a point. It goes to the right."
    assert move.parameters["properties"]["by"] == {
        "description": "How far.",
        "default": 1.5,
        "type": "number",
    }
    assert move.parameters["required"] == ["point"]
    assert "$defs" in move.parameters or "properties" in move.parameters["properties"]["point"]
    assert move.returns["properties"]["x"]["type"] == "integer"
    assert (move.server, move.source) == ("shop_of_tests", "python:shop_of_tests")


@pytest.mark.parametrize("place", ["shop_of_tests:Shop", "shop_of_tests.py:Shop"])
def test_methods_of_a_class_without_those_of_its_host(module, place):
    found = gather([f"python:{place}"])
    assert found.problems == []
    assert [tool.name for tool in found.tools] == ["hours", "order"]
    assert found.tools[1].parameters["required"] == ["item"]
    assert found.tools[1].returns == {"type": "array", "items": {"type": "string"}}
    assert [tool.name for tool in gather([f"python:{module}:Shop.order"]).tools] == ["order"]


NOT_JSON = object()


class Kind(Enum):
    A = "a"
    B = "b"


@dataclass
class Pair:
    left: int


class Model(BaseModel):
    name: str


def test_hints_become_schemas():
    def tool(
        kind: Kind,
        pair: Pair,
        model: Model,
        exact: Literal["x", "y"],
        count: Annotated[int, Field(ge=1, description="How many.")],
        maybe: int | None = None,
        bag: dict[str, int] | None = None,
        path: Path = Path("a"),
        anything=NOT_JSON,
        *args: int,
        **more: str,
    ):
        """Do."""

    made = parse_tool(definition_of("tool", tool))
    properties = made.parameters["properties"]
    assert set(made.parameters["required"]) == {"kind", "pair", "model", "exact", "count"}
    assert list(properties)[-1] == "anything"
    assert properties["exact"]["enum"] == ["x", "y"]
    assert properties["count"] == {"type": "integer", "minimum": 1, "description": "How many."}
    assert properties["maybe"]["default"] is None
    assert properties["path"]["default"] == "a"
    assert properties["kind"]["enum"] == ["a", "b"]


def test_what_hints_share_stands_at_the_top():
    def tool(kinds: list[Kind], more: dict[str, Kind]): ...

    made = parse_tool(definition_of("tool", tool))
    assert made.parameters["$defs"]["Kind"]["enum"] == ["a", "b"]
    assert made.parameters["properties"]["kinds"]["items"] == {"$ref": "#/$defs/Kind"}


def test_hints_without_a_schema_are_told():
    def tool(x: "Missing"): ...  # noqa: F821

    def other(x: object.__class__.__call__.__class__): ...

    with pytest.raises(Malformed, match="tool: its hints cannot be read"):
        definition_of("tool", tool)
    with pytest.raises(Malformed, match="other: x: no JSON Schema"):
        definition_of("other", other)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("no_such_module_here", "cannot be imported: No module named"),
        ("json:nothing", "json has no 'nothing'"),
        ("json:decoder.NaN", "is no function, class or module"),
        ("nowhere.py", "cannot be imported"),
    ],
)
def test_what_cannot_be_found_is_told(place, said):
    with pytest.raises(InputError, match=said):
        gather([f"python:{place}"])
