import json
from pathlib import Path

from rich.console import Console

from toolace_mt.config import validate_config
from toolace_mt.run.directory import RunDir
from toolace_mt.run.prepare import prepare

GOOD = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}


def test_every_definition_left_out_is_listed_with_its_line(tmp_path: Path) -> None:
    source = tmp_path / "tools.jsonl"
    source.write_text("\n".join(["{", json.dumps(GOOD), "[]", '{"name": 5}']))
    run = RunDir(tmp_path / "run")
    run.path.mkdir()
    plain = {
        "run_dir": str(run.path),
        "tools": {"source": str(source)},
        "engine": {"kind": "scripted"},
    }
    with (tmp_path / "said.txt").open("w") as said:
        prepare(run, validate_config(plain, "test"), Console(file=said))
    listed = run.left_out.read_text().splitlines()
    assert [line.split(":")[:2] for line in listed] == [[str(source), n] for n in ("1", "3", "4")]
    assert "3 tool definitions left out" in (tmp_path / "said.txt").read_text()
