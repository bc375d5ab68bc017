import gzip
import io
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict
from export_examples import dialogue, mixed, published, settings

from toolace_mt.dataset.messages import to_row
from toolace_mt.dataset.writer import write_dataset
from toolace_mt.errors import InputError
from toolace_mt.reading import lines
from toolace_mt.reading.dialogue import Dialogue, Problem, read_dialogue
from toolace_mt.reading.files import read_rows

ROW = {"id": "a", **to_row(dialogue())}


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)


def rows(path):
    return [(row.line, row.value) for row in read_rows(path)]


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_json_lines_name_the_lines_that_are_wrong(tmp_path):
    good = json.dumps(ROW, ensure_ascii=False).encode()
    lines = [
        b"\xef\xbb\xbf" + good,
        b"",
        good[:50],
        b'{"id": "\xff\xfe"}',
        b"[" * 9999,
        b"  ",
        good,
    ]
    path = write(tmp_path / "f.jsonl", b"\n".join(lines))
    found = rows(path)
    assert [line for line, _ in found] == [1, 3, 4, 5, 7]
    assert found[0][1] == found[4][1] == ROW
    assert all(isinstance(value, Problem) for _, value in found[1:4])
    assert found[1][1].text.startswith("not valid JSON: EOF while parsing")
    assert "line 1" not in found[1][1].text


def test_numbers_that_are_no_json(tmp_path):
    path = write(tmp_path / "f.jsonl", '{"a": NaN}\n{"a": Infinity}\n{"a": 1' + "0" * 5000 + "}\n7")
    values = [value for _, value in rows(path)]
    assert [isinstance(value, Problem) for value in values] == [True, True, True, False]


def test_a_line_beyond_the_limit_is_skipped_without_being_held(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "MAX_ROW", 1000)
    monkeypatch.setattr(lines, "_CHUNK", 300)
    path = write(tmp_path / "f.jsonl", '{"a": 1}\n' + "x" * 5000 + '\n{"a": 2}\n' + " " * 1200)
    (first, long, second, end) = rows(path)
    assert (first, second) == ((1, {"a": 1}), (3, {"a": 2}))
    assert (long[0], end[0]) == (2, 4)
    assert "more than 1,000 bytes" in long[1].text


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_a_json_array_is_read_item_by_item(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(lines, "_CHUNK", chunk)
    items = [ROW, {"ü": "]},{"}, 12, "x", None, [], {"a": {"b": [1.5]}}]
    path = write(
        tmp_path / "f.json", "\n " + json.dumps(items, indent=1, ensure_ascii=False) + "\n"
    )
    found = rows(path)
    assert [value for _, value in found] == items
    text = path.read_text().splitlines()
    assert text[found[1][0] - 1] == " {"
    assert '"ü"' in text[found[1][0]]


@pytest.mark.parametrize("chunk", [1, 10_000])
@pytest.mark.parametrize(
    ("text", "good", "reason"),
    [
        ('[{"a": 1},\n{"a": }, {"a": 2}]', 1, "reading ends here"),
        ('[{"a": 1},\n{"a": 2}', 2, "does not end"),
        ('[{"a": 1},\n"x', 1, "reading ends here"),
        ("[", 0, "does not end"),
        ("[1,\n\n" + "[" * 5000, 1, "reading ends here"),
        ("[1,\n\n" + "[" * 500 + "]" * 500 + "]", 1, "recursion limit"),
    ],
)
def test_a_broken_array_ends_with_its_reason(tmp_path, monkeypatch, chunk, text, good, reason):
    monkeypatch.setattr(lines, "_CHUNK", chunk)
    found = rows(write(tmp_path / "f.json", text))
    assert len(found) == good + 1
    line, value = found[-1]
    assert reason in value.text
    assert line == 1 + text[: text.rfind("\n") + 1].count("\n")


def test_json_lines_may_be_named_json(tmp_path):
    path = write(tmp_path / "f.json", '{"a": 1}\n{"a": 2}\n')
    assert rows(path) == [(1, {"a": 1}), (2, {"a": 2})]


def test_parquet_with_json_columns_strings_and_structs(tmp_path):
    strings = {key: json.dumps(value) for key, value in ROW.items() if key != "id"}
    for name, given in (("json", ROW), ("strings", {**strings, "id": "a"})):
        data = Dataset.from_list([given] * 300, on_mixed_types="use_json")
        data.to_parquet(str(tmp_path / f"{name}.parquet"))
        found = rows(tmp_path / f"{name}.parquet")
        assert [line for line, _ in found] == list(range(1, 301))
        assert isinstance(read_dialogue(found[299][1]), Dialogue)
    assert read_dialogue(found[299][1]) == read_dialogue(ROW)
    simple = {
        "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}],
        "other": 1,
    }
    Dataset.from_list([simple]).to_parquet(str(tmp_path / "s.parquet"))
    assert rows(tmp_path / "s.parquet") == [(1, {"messages": simple["messages"]})]


def test_our_own_dataset_and_its_parquet_files(tmp_path):
    run = published(tmp_path / "run", mixed(), 2)
    folder = write_dataset(run, settings(run, 5)).path
    found = list(read_rows(folder))
    assert [(row.split, row.line, row.value["id"]) for row in found] == [
        ("train", 1, "d-0"),
        ("train", 2, "d-3"),
        ("rejected", 1, "d-1"),
        ("rejected", 2, "d-2"),
    ]
    wanted = read_dialogue(to_row(dialogue("d-0")) | {"id": "d-0"})
    assert read_dialogue(found[0].value) == wanted
    (first, _) = read_rows(folder / "openai" / "train-00000.parquet")
    assert read_dialogue(first.value) == wanted
    (first, _) = read_rows(folder / "plain" / "train-00000.parquet")
    assert read_dialogue(first.value) == wanted


def test_a_folder_of_json_lines_keeps_rows_as_they_are(tmp_path):
    (tmp_path / "sub").mkdir()
    write(tmp_path / "b.jsonl", '{"a": 1}\n{"b": "x"}\n')
    write(tmp_path / "sub" / "a.jsonl", "oops")
    found = list(read_rows(tmp_path))
    assert [(row.split, row.line) for row in found] == [
        ("b.jsonl", 1),
        ("b.jsonl", 2),
        ("sub/a.jsonl", 1),
    ]
    assert [row.value for row in found[:2]] == [{"a": 1}, {"b": "x"}]
    assert isinstance(found[2].value, Problem)


def test_what_save_to_disk_writes(tmp_path):
    data = Dataset.from_list([{"messages": json.dumps(ROW["messages"]), "x": 1}] * 2)
    data.save_to_disk(str(tmp_path / "one"))
    DatasetDict(a=data, b=data).save_to_disk(str(tmp_path / "two"))
    assert [row.line for row in read_rows(tmp_path / "one")] == [1, 2]
    two = list(read_rows(tmp_path / "two"))
    assert [row.split for row in two] == ["a", "a", "b", "b"]
    assert all(isinstance(read_dialogue(row.value), Dialogue) for row in two)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *(("none.jsonl", None), ("bad.parquet", b"PAR1 no"), ("empty.parquet", b""), ("dir", None)),
        *(("a.jsonl.gz", gzip.compress(b"{}" * 99)[:-9]), ("a.json", gzip.compress(b"[]"))),
        *(("a.jsonl", b""), ("b.jsonl", b" \n\n"), ("a.zip", b"PK\x03\x04"), ("c.jsonl", b"PAR1")),
        ("d.jsonl", '{"a": 1}'.encode("utf-16")),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(tmp_path, name, data):
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    elif name == "dir":
        path.mkdir()
    with pytest.raises(InputError) as error:
        rows(path)
    assert str(path) in error.value.message
    assert "\n" not in error.value.message


def test_gzip_stdin_byte_order_marks_and_line_ends(tmp_path, monkeypatch):
    text = '{"a": 1}\r\n\r\n{"a": 2}'
    for name, data in (
        ("a.jsonl", text.encode("utf-8-sig")),
        ("a.jsonl.gz", gzip.compress(text.encode())),
        ("a.json.gz", gzip.compress(b'[{"a": 1},\n\n{"a": 2}]')),
    ):
        path = write(tmp_path / name, data)
        assert rows(path) == [(1, {"a": 1}), (3, {"a": 2})]
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(path.open("rb")))
        assert rows(Path("-")) == [(1, {"a": 1}), (3, {"a": 2})]


def test_one_object_on_many_lines_and_files_that_hold_rows_in_an_object(tmp_path):
    for value in (ROW, {"data": [ROW]}, {"tasks": [], "simulations": [ROW]}):
        path = write(tmp_path / "f.json", json.dumps(value, indent=1, ensure_ascii=False))
        assert rows(path) == [(1, ROW)]
        path = write(tmp_path / "f.json", json.dumps(value))
        assert rows(path) == [(1, ROW)]
    broken = write(tmp_path / "f.jsonl", '{"a": [\n{"a": 1}\n{"b": 2}\n')
    found = rows(broken)
    assert [line for line, _ in found] == [1, 2, 3]
    assert [value for _, value in found[1:]] == [{"a": 1}, {"b": 2}]


def test_a_session_of_an_agent_is_one_row(tmp_path):
    events = [
        {"type": "session", "id": "s", "harness": "x"},
        {"type": "message", "message": {"role": "user", "content": "Hi"}},
    ]
    text = "\n".join(map(json.dumps, events)) + '\n{"type": "mess'
    (row,) = read_rows(write(tmp_path / "f.jsonl", text))
    assert row.value == {"events": events}
    assert row.written() == "\n".join(map(json.dumps, events)).encode()
    assert isinstance(read_dialogue(row.value), Dialogue)


@pytest.mark.parametrize(
    "text", ['{"a": {"b": 1, "c": 2, "b": 3}}', '{"a": 1, "a": 1}', '{"b" : 1, "b": "x\\":"}']
)
def test_a_name_that_stands_twice_is_told(tmp_path, text):
    ((_, value),) = rows(write(tmp_path / "f.jsonl", text))
    assert "stands twice in one object" in value.text
    fine = '{"a": {"b": 1}, "b": "\\"a\\": 1, \\"a\\": 2", "c": "x:", "d\\"": 1}'
    assert rows(write(tmp_path / "f.jsonl", fine)) == [(1, json.loads(fine))]


def test_a_folder_may_hold_files_of_all_kinds(tmp_path):
    (tmp_path / "sub").mkdir()
    write(tmp_path / "README.md", "no card")
    write(tmp_path / "a.jsonl", '{"a": 1}')
    write(tmp_path / "sub" / "b.jsonl.gz", gzip.compress(b'{"b": 1}'))
    Dataset.from_list([{"messages": "[]"}]).to_parquet(str(tmp_path / "c.parquet"))
    write(tmp_path / "info.json", "{}")
    assert [(row.split, row.value) for row in read_rows(tmp_path)] == [
        ("a.jsonl", {"a": 1}),
        ("c.parquet", {"messages": "[]"}),
        ("sub/b.jsonl.gz", {"b": 1}),
    ]


def test_a_run_is_read_as_its_dataset(tmp_path):
    run = published(tmp_path / "run", mixed(), 2)
    (run / "manifest.json").touch()
    (run / "shards").mkdir(exist_ok=True)
    with pytest.raises(InputError, match="the run has no dataset yet"):
        list(read_rows(run))
    (run / "manifest.json").unlink()  # an empty one is no plan
    write_dataset(run, settings(run, 5))
    (run / "manifest.json").touch()
    assert [row.value["id"] for row in read_rows(run)] == ["d-0", "d-3", "d-1", "d-2"]


def test_a_run_that_has_just_begun_is_no_dataset(tmp_path):
    (tmp_path / "state").mkdir()
    write(tmp_path / "manifest.json", "{}")
    write(tmp_path / "tools.jsonl", "{}")
    with pytest.raises(InputError, match="the run has no dataset yet"):
        list(read_rows(tmp_path))


def test_a_dataset_where_no_hub_is_reached_is_one_line(tmp_path):
    command = [sys.executable, "-m", "toolace_mt", "verify", "nobody/nothing"]
    for more in ({"HF_ENDPOINT": "http://127.0.0.1:9"}, {"HF_HUB_OFFLINE": "1"}):
        ended = subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | more
        )
        assert ended.returncode == 2
        (line,) = ended.stderr.splitlines()
        assert line.startswith("toolace-mt: nobody/nothing: no such file or folder here, and no ")


def test_memory_is_flat_in_the_size_of_the_file(tmp_path):
    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    line = json.dumps(ROW) + "\n"
    array = tmp_path / "f.json"
    with (tmp_path / "f.jsonl").open("w") as lines, array.open("w") as items:
        items.write("[")
        for _ in range(60_000_000 // len(line)):
            lines.write(line)
            items.write(line.strip() + ",\n")
        items.write("1]")
    list(read_rows(write(tmp_path / "small.jsonl", line * 3000)))
    before = peak()
    for path in (tmp_path / "f.jsonl", array):
        assert sum(1 for _ in read_rows(path)) > 10_000
    assert peak() - before < 40


def test_lists_of_messages_are_dialogues(tmp_path):
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    path = write(tmp_path / "f.jsonl", f"{json.dumps(said)}\n{json.dumps(said)}\n")
    assert rows(path) == [(1, said), (2, said)]
    assert rows(write(tmp_path / "f.json", json.dumps(said, indent=2))) == [(1, said)]
    assert rows(write(tmp_path / "g.jsonl", json.dumps([ROW, ROW]))) == [(1, ROW), (1, ROW)]
