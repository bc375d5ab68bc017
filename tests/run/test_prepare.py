import json
from pathlib import Path

from rich.console import Console

from toolace_mt.config import validate_config
from toolace_mt.run.directory import RunDir
from toolace_mt.run.prepare import prepare

GOOD = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}


def prepared(directory: Path, *lines: str) -> tuple[RunDir, str]:
    """A run of a pool with these lines, and what was said when it was prepared."""
    source = directory / "tools.jsonl"
    source.write_text("\n".join(lines))
    run = RunDir(directory / "run")
    run.path.mkdir()
    plain = {
        "run_dir": str(run.path),
        "tools": {"source": str(source)},
        "engine": {"kind": "scripted"},
    }
    with (directory / "said.txt").open("w") as said:
        prepare(run, validate_config(plain, "test"), Console(file=said))
    return run, (directory / "said.txt").read_text()


def test_every_definition_left_out_is_listed_with_its_line(tmp_path: Path) -> None:
    run, said = prepared(tmp_path, "{", json.dumps(GOOD), "[]", '{"name": 5}')
    source = str(tmp_path / "tools.jsonl")
    listed = run.left_out.read_text().splitlines()
    assert [line.split(":")[:2] for line in listed] == [[source, n] for n in ("1", "3", "4")]
    assert "3 tool definitions left out" in said


def test_what_a_pool_lacks_and_its_slips_are_said(tmp_path: Path) -> None:
    whole = {**GOOD, "name": "g", "returns": {"type": "integer"}, "usage": [
        {"user": "How many are there?", "reply": "There are {outputs.}."}]}  # fmt: skip
    slips = [json.dumps({**GOOD, "name": f"f{n}", "usge": 1}) for n in range(5)]
    _, said = prepared(tmp_path, json.dumps(whole), *slips)
    lines = said.splitlines()
    assert [line for line in lines if "usge: unknown key; is it `usage`?" in line] == lines[:3]
    assert lines[3].startswith("... and 2 more")
    assert lines[4].startswith("of 6 tools 5 have no returns, 5 have no usage; ")
    assert "tools enrich" in lines[4]


def test_a_whole_pool_is_taken_without_a_word(tmp_path: Path) -> None:
    text = {"type": "string"}
    needs = {**GOOD, "returns": text, "parameters": {"properties": {"q": text}}, "usage": [
        {"user": "Find {q}.", "reply": "Found."}]}  # fmt: skip
    assert prepared(tmp_path, json.dumps(needs))[1] == ""
