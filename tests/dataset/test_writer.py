import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from random import Random
from textwrap import dedent

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from export_examples import dialogue, mixed, published, settings

from toolace_mt.config.run import STAGES
from toolace_mt.dataset.formats import FORMATS
from toolace_mt.dataset.messages import to_row
from toolace_mt.dataset.writer import write_dataset
from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.status import read_status
from toolace_mt.trajectory import Finding


@pytest.fixture(autouse=True)
def _no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def files(folder) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_every_dialogue_is_loaded_back_as_it_was(tmp_path):
    run = published(tmp_path / "run", mixed(), 2)
    folder = write_dataset(run, settings(run, 5)).path
    for name in (None, "openai"):
        data = load_dataset(str(folder), name, cache_dir=str(tmp_path / "c"))
        assert {split: data[split]["id"][:] for split in data} == {
            "train": ["d-0", "d-3"],
            "rejected": ["d-1", "d-2"],
        }
    row = data["train"][0]
    assert {key: row[key] for key in ("messages", "tools")} == to_row(dialogue("d-0"))
    assert data["rejected"]["outcome"][:] == ["rejected", "undecided"]
    assert data["rejected"][0]["findings"][0]["check"] == "repetition"
    failed = [json.loads(line) for line in (folder / "failed.jsonl").open()]
    assert failed == [{"id": "d-4", "seed": 9, "cause": "sub-task 2: cut off", "calls": 4}]


def test_columns_say_what_led_to_a_dialogue(tmp_path):
    run = published(tmp_path / "run", [dialogue()], 1)
    folder = write_dataset(run, settings(run, 1)).path
    row = load_dataset(str(folder), split="train", cache_dir=str(tmp_path / "c"))[0]
    assert row["plan"][0] == {
        "goal": "Find a flight",
        "steps": [["search_flights", "search_flights"]],
    }
    assert row["injections"] == ["clarification"]
    assert row["turn_of_message"] == [-1, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9]
    assert [row[f"n_{what}"] for what in ("subtasks", "turns", "user_turns", "calls")] == [
        2,
        10,
        3,
        3,
    ]
    assert [(e["id"], e["status"], e["error"]) for e in row["executions"]] == [
        ("call00001", "executed", False),
        ("call00002", "simulated", True),
        ("call00003", "simulated", False),
    ]
    edit = row["edits"][0]
    assert edit["adopted"]
    assert edit["choice"] == "new"
    assert edit["turns"] == [0]
    assert json.loads(edit["after"])[1] == {"role": "assistant", "content": "From where?"}
    assert row["origins"] == [
        {
            "turn": 3,
            "path": "calls[0].arguments.origin",
            "kind": "user",
            "source": "turn 2",
        }
    ]
    assert row["usage"][1]["output_tokens"] == 40
    assert not any("seconds" in usage for usage in row["usage"])


def test_streams_and_has_a_config_of_plain_columns(tmp_path):
    run = published(tmp_path / "run", mixed(), 5)
    folder = str(write_dataset(run, settings(run, 5)).path)
    streamed = list(load_dataset(folder, split="train", streaming=True))
    assert [row["messages"] for row in streamed] == [to_row(dialogue())["messages"]] * 2
    plain = load_dataset(folder, "plain", split="rejected", cache_dir=str(tmp_path / "c"))
    full = load_dataset(folder, split="rejected", cache_dir=str(tmp_path / "c"))
    assert json.loads(plain[0]["messages"]) == to_row(dialogue())["messages"]
    assert json.loads(plain[0]["tools"]) == to_row(dialogue())["tools"]
    assert plain.column_names == [*full.column_names, "train"]
    others = [name for name in full.column_names if name not in ("messages", "tools")]
    assert plain.select_columns(others)[:] == full.select_columns(others)[:]
    schema = pq.read_schema(f"{folder}/plain/rejected-00000.parquet")
    assert schema.metadata is None  # nothing that an old version of `datasets` would trip over


@pytest.mark.parametrize(("outcome", "split"), [("accepted", "train"), ("rejected", "rejected")])
def test_a_split_without_dialogues_is_absent_and_the_other_loads(tmp_path, outcome, split):
    run = published(tmp_path / "run", [dialogue("only", outcome)], 1)
    folder = str(write_dataset(run, settings(run, 1)).path)
    assert load_dataset(folder, cache_dir=str(tmp_path / "c")).num_rows == {split: 1}
    assert len(list(load_dataset(folder, split=split, streaming=True))) == 1


def test_a_run_of_failures_alone_loads_and_says_why(tmp_path):
    run = published(tmp_path / "run", mixed()[4:], 1)
    summary = write_dataset(run, settings(run, 1))
    assert (summary.train, summary.rejected, summary.failed) == (0, 0, 1)
    loaded = load_dataset(str(summary.path), cache_dir=str(tmp_path / "c"))
    assert list(loaded) == ["failed"]  # and no split that could be taken for rows to train on
    assert loaded["failed"][0] == {
        "id": "d-4",
        "seed": 9,
        "cause": "sub-task 2: cut off",
        "calls": 4,
    }


def test_files_do_not_depend_on_the_shard_size(tmp_path, monkeypatch):
    monkeypatch.setattr("toolace_mt.dataset.files.ROWS_PER_GROUP", 3)
    six = {name: replace(FORMATS[name], rows_per_file=6) for name in ("openai", "plain")}
    monkeypatch.setattr("toolace_mt.dataset.writer.FORMATS", six)
    many = [replace(dialogue(f"d-{i}"), seed=i) for i in range(14)]
    folders = []
    for size in (1, 5, 14):
        run = published(tmp_path / f"run{size}", many, size)
        folders.append(write_dataset(run, settings(run, 14, shard_size=size)).path)
    assert files(folders[0]) == files(folders[1]) == files(folders[2])
    data = load_dataset(str(folders[0]), split="train", cache_dir=str(tmp_path / "c"))
    assert data["seed"][:] == list(range(14))
    assert len(list((folders[0] / "openai").glob("train-*"))) == 3


def test_files_are_compressed_and_can_be_read_by_page(tmp_path):
    run = published(tmp_path / "run", mixed(), 2)
    folder = write_dataset(run, settings(run, 5)).path
    for name in ("openai", "plain"):
        group = pq.ParquetFile(folder / name / "train-00000.parquet").metadata.row_group(0)
        columns = [group.column(place) for place in range(group.num_columns)]
        assert {column.compression for column in columns} == {"ZSTD"}
        assert all(column.has_offset_index for column in columns)


def test_shards_that_change_meanwhile_leave_no_dataset(tmp_path, monkeypatch):
    run = published(tmp_path / "run", mixed(), 2)
    counted = read_status(RunDir(run), 5, STAGES["toolace_mt"])
    counted.outcomes["accepted"] += 1
    monkeypatch.setattr("toolace_mt.dataset.writer.read_status", lambda *_: counted)
    with pytest.raises(RunDirError, match="shards changed"):
        write_dataset(run, settings(run, 5))
    assert not (run / "dataset").exists()


def test_what_a_writer_before_left_is_removed(tmp_path):
    run = published(tmp_path / "run", mixed(), 2)
    (run / "dataset.tmp-left").mkdir()
    (run / "dataset.tmp-left" / "half").write_text("x")
    write_dataset(run, settings(run, 5))
    assert [path.name for path in run.glob("dataset*")] == ["dataset"]


def test_numbers_that_the_loader_cannot_hold_do_not_spoil_the_rows(tmp_path):
    odd = dialogue()
    call = odd.turns[7].calls[0]
    values = {"to": 10**30, "n": float("inf"), "x": -(2**63) - 1, "max": 2**64 - 1, "id": "9" * 30}
    turn = replace(odd.turns[7], calls=(replace(call, arguments=values),))
    odd = replace(odd, turns=(*odd.turns[:7], turn, *odd.turns[8:]))
    run = published(tmp_path / "run", [odd], 1)
    folder = str(write_dataset(run, settings(run, 1)).path)
    row = load_dataset(folder, split="train", cache_dir=str(tmp_path / "c"))[0]
    call = row["messages"][9]["tool_calls"][0]
    assert call["function"]["arguments"] == {
        "to": 1e30,
        "n": "Infinity",
        "x": -(2.0**63),
        "max": 2**64 - 1,
        "id": "9" * 30,
    }


def test_a_dataset_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    run = published(tmp_path / "run", mixed(), 2)
    before = files(write_dataset(run, settings(run, 5)).path)

    def fails(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("toolace_mt.dataset.writer.render_card", fails)
        with pytest.raises(RunDirError, match="No space left on device"):
            write_dataset(run, settings(run, 5))
    assert files(run / "dataset") == before
    assert [path.name for path in run.iterdir() if path.name.startswith("dataset")] == ["dataset"]
    shutil.rmtree(run / "shards")
    published(run, [dialogue("new")], 1)
    write_dataset(run, settings(run, 1))
    assert files(run / "dataset") != before


def test_the_loaders_cache_tells_the_datasets_of_two_runs_apart(tmp_path):
    for name in ("first", "second"):
        run = published(tmp_path / name, [dialogue(name)], 1)
        folder = str(write_dataset(run, settings(run, 1)).path)
        loaded = load_dataset(folder, split="train", cache_dir=str(tmp_path / "c"))
        assert loaded["id"][:] == [name]


def in_a_process(script, *arguments, **env):
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", f"{dedent(IMPORTS)}{dedent(script)}", *map(str, arguments)]
    return subprocess.run(
        command, env={**os.environ, **path, **env}, capture_output=True, text=True, check=False
    )


IMPORTS = """
    import resource, sys
    from pathlib import Path
    from export_examples import settings
    from toolace_mt.errors import RunDirError
    from toolace_mt.dataset.writer import write_dataset
"""
WRITE = """
    run = Path(sys.argv[1])
    write_dataset(run, settings(run, 4))
"""
WRITE_WITH_FILES_OF_EACH_SIZE = """
    run, sizes = Path(sys.argv[1]), map(int, sys.argv[2:])
    write_dataset(run, settings(run, 40))  # all that has to be imported is imported now
    for size in sizes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        try:
            write_dataset(run, settings(run, 40))
        except RunDirError as error:
            print(error)
"""


def test_files_do_not_depend_on_the_process_that_writes_them(tmp_path):
    both = tuple(Finding(check, "error", "said") for check in ("repetition", "leftover"))
    many = [dialogue(f"d-{index}", "rejected") for index in range(2)]
    many = [replace(each, verdict=replace(each.verdict, findings=both)) for each in many]
    run = published(tmp_path / "run", [dialogue("d-2"), dialogue("d-3"), *many], 4)
    written = []
    for seed in ("1", "4"):  # sets of domains and of checks have another order each time
        ended = in_a_process(WRITE, run, PYTHONHASHSEED=seed)
        assert ended.returncode == 0, ended.stderr
        written.append(files(run / "dataset"))
    assert written[0] == written[1]


def test_a_disk_that_is_full_anywhere_in_a_file_is_told_in_a_line(tmp_path):
    long = dialogue()  # so long that a column has several pages
    texts = (Random(index).randbytes(20_000).hex() for index in range(40))
    many = [replace(long, id=f"d-{i}", system=text) for i, text in enumerate(texts)]
    run = published(tmp_path / "run", many, 40)
    whole = write_dataset(run, settings(run, 40)).path
    before = files(whole)
    most = max(len(data) for data in before.values())
    sizes = [most * part // 24 for part in range(24)]
    ended = in_a_process(WRITE_WITH_FILES_OF_EACH_SIZE, run, *sizes)
    assert ended.returncode == 0, ended.stderr  # Arrow would end the process
    lines = ended.stdout.splitlines()
    assert len(lines) == len(sizes)
    assert all(".parquet: File too large; what is there stays valid" in line for line in lines)
    assert files(whole) == before
    assert not list(run.glob("dataset.tmp-*"))
