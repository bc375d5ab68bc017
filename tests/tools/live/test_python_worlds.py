import asyncio
import threading
from datetime import date

import pytest

from toolace_mt.config import ToolsConfig
from toolace_mt.errors import DialogueError
from toolace_mt.tools.live.executor import Worlds
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import ToolCall

SOURCE = f"python:{__name__}:Counter"
_FOREVER = threading.Event()
_RESETS: list[int] = []


class Counter:
    """An environment that counts."""

    def reset(self, seed: int) -> None:
        """Start at the seed."""
        _RESETS.append(seed)
        self.count = seed

    def candidates(self, tool: str, parameter: str, chosen: dict[str, object]) -> list[int]:
        """Say what fits."""
        return [self.count] if (tool, parameter) == ("add", "more") else []

    def add(self, more: int) -> int:
        """Add to the count."""
        self.count += more
        return self.count

    async def weekday(self, day: date) -> str:
        """Name a day."""
        await asyncio.sleep(0)
        return f"{day:%A}"

    def refuse(self) -> int:
        """Refuse."""
        raise PermissionError("Not allowed\nhere.")

    def hang(self) -> int:
        """Never come back."""
        _FOREVER.wait(20)
        return 0

    def opaque(self) -> int:
        """Return what is no JSON."""
        return object()  # type: ignore[return-value]


def calls(*made: ToolCall, seed: int = 5, **live: object):
    config = ToolsConfig.model_validate({"source": SOURCE, "live": live})
    assert config.live is not None
    worlds = Worlds(load_pool(SOURCE).by_name, config, config.live)

    async def run():
        async with worlds.open(seed) as world:
            return [await world.execute(each) for each in made]

    return asyncio.run(run())


def call(name: str, **arguments: object) -> ToolCall:
    return ToolCall("call00000", name, arguments)


def test_methods_are_tools_and_share_the_state_of_the_dialogue():
    one, two = calls(call("add", more=2), call("add", more=1))
    assert (one.content, two.content, two.status) == (7, 8, "executed")
    assert calls(call("add", more=2))[0].content == 7


def test_values_become_what_hints_name_and_errors_are_the_tools_own():
    day, refused = calls(call("weekday", day="2026-03-16"), call("refuse"))
    assert day.content == "Monday"
    assert (refused.content, refused.error) == ({"error": "Not allowed here."}, True)


def test_a_call_that_does_not_fit_is_refused_and_changes_nothing():
    wrong, right = calls(call("add", more="2"), call("add", more=2))
    assert wrong.error
    assert right.content == 7


@pytest.mark.parametrize(("name", "cause"), [("hang", "no answer"), ("opaque", "no JSON")])
def test_a_method_that_hangs_or_returns_no_json_is_tried_twice(name, cause):
    _RESETS.clear()
    with pytest.raises(DialogueError, match=f"{cause}.*twice"):
        calls(call("add", more=1), call(name), seconds=0.2)
    assert _RESETS == [5, 5]


def test_candidates_are_of_the_present_state():
    config = ToolsConfig.model_validate({"source": SOURCE, "live": {}})
    assert config.live is not None
    worlds = Worlds(load_pool(SOURCE).by_name, config, config.live)

    async def run():
        async with worlds.open(5) as world:
            before = await world.candidates("add", "more", {})
            await world.execute(call("add", more=5))
            return before, await world.candidates("add", "more", {})

    assert asyncio.run(run()) == ([5], [10])


def test_a_tool_that_nothing_real_stands_behind_is_not_executed():
    assert calls(call("elsewhere")) == [None]
