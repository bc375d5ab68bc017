import asyncio
import sys
from pathlib import Path

import pytest

from toolace_mt.config import ToolsConfig
from toolace_mt.errors import DialogueError
from toolace_mt.tools.live.executor import Worlds
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import ToolCall, ToolOutput

pytest.importorskip("mcp")
SERVER = Path(__file__).parents[2] / "live_server.py"
SOURCE = f"mcp:{sys.executable} {SERVER}"


@pytest.fixture(scope="module")
def pool():
    return load_pool(SOURCE)


@pytest.fixture
def worlds(pool):
    def made(**live):
        config = ToolsConfig.model_validate({"source": SOURCE, "live": live})
        assert config.live is not None
        return Worlds(pool.by_name, config, config.live)

    return made


def call(name: str, **arguments: object) -> ToolCall:
    return ToolCall("call00000", name, arguments)


def calls(worlds: Worlds, *made: ToolCall, seed: int = 0) -> list[ToolOutput | None]:
    async def run():
        async with worlds.open(seed) as world:
            return [await world.execute(each) for each in made]

    return asyncio.run(run())


def test_a_server_keeps_its_state_and_the_next_dialogue_has_none_of_it(worlds):
    saved, read = calls(
        worlds(), call("save_note", note_text="milk"), call("read_note", note_id="NOTE-1000")
    )
    assert saved.content == {"note_id": "NOTE-1000", "note_count": 1}
    assert (read.content, read.error, read.status) == (
        {"note_id": "NOTE-1000", "note_text": "milk"},
        False,
        "executed",
    )
    (gone,) = calls(worlds(), call("read_note", note_id="NOTE-1000"))
    assert gone.error
    assert "No note NOTE-1000." in gone.content["error"]


def test_the_seed_reaches_the_server(worlds):
    (saved,) = calls(worlds(), call("save_note", note_text="milk"), seed=77)
    assert saved.content["note_id"] == "NOTE-1077"


def test_a_directory_of_its_own_with_files_under_one_name(worlds, tmp_path):
    (tmp_path / "march.csv").write_text("a,b")
    before = Path.cwd()
    _, where = calls(
        worlds(files=str(tmp_path)), call("save_note", note_text="milk"), call("where")
    )
    assert where.content == {"result": "/workspace: ['march.csv', 'notes.txt']"}
    assert [path.name for path in tmp_path.iterdir()] == ["march.csv"]
    assert Path.cwd() == before


def test_wrong_calls_are_not_sent(worlds):
    wrong, unknown, missing, saved = calls(
        worlds(),
        call("save_note", note_text=7),  # the SDK would take it
        call("save_note", note_text="milk", color="red"),
        call("save_note"),
        call("save_note", note_text="milk"),
    )
    assert wrong.content == {"error": "Invalid arguments: note_text: expected string, got 7"}
    assert wrong.error
    assert unknown.error
    assert missing.error
    assert saved.content["note_count"] == 1


def test_a_call_taken_back_never_was(worlds):
    async def run():
        async with worlds().open(0) as world:
            await world.execute(call("save_note", note_text="milk"))
            await world.execute(call("save_note", note_text="eggs"))
            await world.take_back(call("save_note", note_text="eggs"))
            return await world.execute(call("save_note", note_text="bread"))

    assert asyncio.run(run()).content == {"note_id": "NOTE-1001", "note_count": 2}


def test_a_server_that_dies_costs_one_retry_with_the_state_it_had(worlds, tmp_path, monkeypatch):
    monkeypatch.setenv("LIVE_ONCE", str(tmp_path / "died"))
    _, again = calls(
        worlds(servers=_servers(tmp_path)),
        call("save_note", note_text="milk"),
        call("die_once", word="back"),
    )
    assert (tmp_path / "died").exists()
    assert again.content == {"result": "back, 1 notes"}


def _servers(tmp_path: Path) -> str:
    path = tmp_path / "servers.json"
    path.write_text(
        f'{{"mcpServers": {{"live_server": {{"command": "{sys.executable}", "args": ["{SERVER}"],'
        ' "env": {"ONCE": "${LIVE_ONCE}"}}}}'
    )
    return str(path)


@pytest.mark.parametrize(("name", "cause"), [("die", "ended"), ("hang", "no answer in 1 seconds")])
def test_one_that_dies_or_hangs_again_fails_its_dialogue_alone(worlds, name, cause):
    async def run():
        opened = worlds(seconds=1)

        async def bad():
            async with opened.open(0) as world:
                await world.execute(call(name))

        async def good():
            async with opened.open(1) as world:
                return await world.execute(call("save_note", note_text="milk"))

        return await asyncio.gather(bad(), good(), return_exceptions=True)

    failed, saved = asyncio.run(run())
    assert isinstance(failed, DialogueError)
    assert cause in str(failed)
    assert "(twice)" in str(failed)
    assert saved.content["note_count"] == 1


def test_an_output_that_is_too_long_is_an_error_and_prints_to_stdout_are_none(worlds):
    shouted, long = calls(worlds(characters=500), call("shout", count=3), call("shout", count=600))
    assert shouted.content == {"result": "xxx"}
    assert long.error
    assert "more than 500" in long.content["error"]


def test_the_text_beside_an_output_that_breaks_its_schema_is_not_lost():
    source = f"mcp:{sys.executable} {SERVER.with_name('broken_server.py')}"
    config = ToolsConfig.model_validate({"source": source, "live": {}})
    assert config.live is not None
    broken = Worlds(load_pool(source).by_name, config, config.live)
    (saved,) = calls(broken, call("save"))
    assert (saved.content, saved.error) == ("saved all the same", False)


def test_no_more_worlds_are_open_than_allowed(worlds):
    async def run():
        opened, most = worlds(concurrency=2), [0, 0]

        async def one(seed):
            async with opened.open(seed):
                most[0] += 1
                most[1] = max(most)
                await asyncio.sleep(0.01)
                most[0] -= 1

        await asyncio.gather(*map(one, range(6)))
        return most[1]

    assert asyncio.run(run()) == 2
