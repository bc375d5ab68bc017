import gzip
import json
import resource

import pytest
from datasets import Dataset, DatasetDict
from export_examples import dialogue, mixed, published, settings

from toolace_mt.dataset.messages import to_row
from toolace_mt.dataset.writer import write_dataset
from toolace_mt.errors import InputError
from toolace_mt.reading import files
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
    monkeypatch.setattr(files, "MAX_ROW", 1000)
    monkeypatch.setattr(files, "_CHUNK", 300)
    path = write(tmp_path / "f.jsonl", '{"a": 1}\n' + "x" * 5000 + '\n{"a": 2}\n' + " " * 1200)
    (first, long, second, end) = rows(path)
    assert (first, second) == ((1, {"a": 1}), (3, {"a": 2}))
    assert (long[0], end[0]) == (2, 4)
    assert "more than 1,000 bytes" in long[1].text


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_a_json_array_is_read_item_by_item(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(files, "_CHUNK", chunk)
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
    monkeypatch.setattr(files, "_CHUNK", chunk)
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
    folder = write_dataset(run, settings(run, 5))
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
    (first, _) = read_rows(folder / "strings" / "train-00000.parquet")
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
        *(("a.jsonl.gz", gzip.compress(b"{}")), ("a.jsonl", gzip.compress(b"[]"))),
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
