import json
from dataclasses import replace

import pytest
from export_examples import dialogue, mixed, published
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.dataset.convert import Converter
from toolace_mt.dataset.json_text import compact
from toolace_mt.dataset.processes import each_shard
from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir

FORMATS = ("openai", "prompt_completion")


@pytest.fixture
def run(tmp_path) -> RunDir:
    more = [replace(dialogue(f"m-{n}"), seed=n) for n in range(7)]
    return RunDir(published(tmp_path / "run", [*mixed(), *more], 2))


def converted(run: RunDir, processes: int):
    with each_shard(run, Converter(run, FORMATS), processes) as shards:
        return list(shards)


def test_processes_give_what_this_one_gives_in_order(run):
    alone = converted(run, 0)
    assert len(alone) == 6
    assert converted(run, 4) == alone
    ids = [
        i
        for shard in alone
        for _, tables in shard.splits.values()
        for i in tables["openai"]["id"].to_pylist()
    ]
    assert ids[-7:] == [f"m-{n}" for n in range(7)]
    assert alone[2].failed == [{"id": "d-4", "seed": 9, "cause": "sub-task 2: cut off", "calls": 4}]
    assert sum(shard.profile.turns.total() for shard in alone) == 9


def test_a_shard_that_cannot_be_read_is_told_from_where_it_is_read(run):
    run.shard("verification", 3).write_bytes(b"torn")
    for processes in (0, 2):
        with pytest.raises(RunDirError, match=r"00003\.arrow: not a readable shard"):
            converted(run, processes)


def test_a_process_that_is_lost_is_told(run, monkeypatch):
    monkeypatch.setattr("toolace_mt.dataset.processes.sys.executable", "/bin/false")
    with pytest.raises(RunDirError, match="was lost"):
        converted(run, 2)


def test_who_stops_early_leaves_no_process(run, monkeypatch):
    from toolace_mt.dataset import processes

    started = []
    start = processes._start
    monkeypatch.setattr(processes, "_start", lambda *a: started.append(start(*a)) or started[-1])
    with each_shard(run, Converter(run, FORMATS), 2) as shards:
        next(shards)
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_only_large_runs_start_processes(run, monkeypatch):
    from toolace_mt.dataset import processes

    monkeypatch.setattr(processes, "_start", lambda *_: pytest.fail("started"))
    with each_shard(run, Converter(run, FORMATS)) as shards:
        assert len(list(shards)) == 6
    monkeypatch.setattr(processes, "WORTH_IT", 1)
    monkeypatch.setattr(processes.os, "sched_getaffinity", lambda _: range(2))
    with (
        pytest.raises(pytest.fail.Exception, match="started"),
        each_shard(run, Converter(run, FORMATS)),
    ):
        pass


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(values)
def test_json_is_spelt_as_python_does(value):
    assert compact(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
