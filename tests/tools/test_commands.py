import json

import pytest

from toolace_mt.__main__ import main
from toolace_mt.tools.pool import load_pool

GOOD = {"name": "a.b", "description": "Finds.", "server": "s", "parameters": {
    "type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}}  # fmt: skip
BAD = {"name": "c", "parameters": {"properties": {"n": {"type": "integer", "enum": ["1"]}},
                                   "required": ["n"]}}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def write(*definitions, name="tools.jsonl"):
        path = tmp_path / name
        path.write_text("".join(f"{json.dumps(each)}\n" for each in definitions))
        return str(path)

    return write


def said(capsys):
    return " ".join(capsys.readouterr().out.split())


def test_import_writes_a_pool_that_reads_the_same(file, tmp_path, capsys):
    target = tmp_path / "pool.jsonl"
    assert main(["tools", "import", "starter", file(GOOD, BAD), "-o", str(target)]) == 0
    assert f"99 tools written to {target}" in said(capsys)
    assert load_pool(str(target)).tools == load_pool(["starter", file(GOOD)]).tools


def test_check_names_place_and_remedy_and_what_is_missing(file, capsys):
    path = file(GOOD, BAD, {"name": "d", "paramters": {}})
    assert main(["tools", "check", path]) == 1
    text = said(capsys)
    assert f"cannot be used: {path}:2: parameters.n: no value fits" in text
    assert "make `type` that of the values in `enum`" in text
    assert f"{path}:3: paramters: unknown key; is it `parameters`?" in text
    assert "missing: returns in 2 of 2 tools" in text
    assert "of 2 tools 2 have no returns, 2 have no usage, 1 have no examples; " in text
    assert "`toolace-mt tools enrich POOL -o enriched.jsonl`" in text
    assert "of 3 definitions 2 are (66.7%)" in text
    assert "1 have another name here" in text


def test_check_finds_slips_in_schemas(file, capsys):
    properties = {"desciption": {"type": "string", "desciption": "It.", "requird": True}}
    assert (
        main(["tools", "check", file({"name": "x", "parameters": {"properties": properties}})]) == 0
    )
    text = said(capsys)
    assert "x: parameters.desciption: desciption: unknown key; is it `description`?" in text
    assert "requird: unknown key; is it `required`?" in text
    assert text.count("unknown key") == 2  # a property may be called anything


def test_check_of_a_good_pool_is_quiet(capsys):
    assert main(["tools", "check", "starter"]) == 0
    text = said(capsys)
    assert "cannot be used" not in text
    assert "missing" not in text


def test_check_tries_the_decoder(file, capsys, monkeypatch):
    pytest.importorskip("xgrammar")
    from toolace_mt.engine.vllm import preflight

    monkeypatch.setattr(preflight, "grammar_problem", lambda schema: "no such keyword")
    assert main(["tools", "check", file(GOOD)]) == 1
    assert "a_b: parameters: no decoder takes it: no such keyword" in said(capsys)


def test_check_against_evaluation_tools(file, capsys):
    near = {**GOOD, "name": "ab", "parameters": {"properties": {"other": {"type": "string"}}}}
    evaluation = file({"id": 1, "function": [GOOD]}, name="bfcl.jsonl")
    assert main(["tools", "check", file(GOOD), "--against", evaluation]) == 1
    assert "held out: a_b: is a_b by name and schema" in said(capsys)
    assert main(["tools", "check", file(near), "--against", evaluation]) == 0
    assert "near an evaluation tool: ab: has the name of a_b" in said(capsys)


def test_sample_is_the_same_for_the_same_seed(capsys):
    texts = set()
    for seed in ("3", "3", "4"):
        assert main(["tools", "sample", "--seed", seed]) == 0
        texts.add(said(capsys))
    assert len(texts) == 2
    assert all("arguments: {" in text and "output: {" in text for text in texts)


def test_list_shows_what_each_takes(file, capsys):
    assert main(["tools", "list", file(GOOD)]) == 0
    text = said(capsys)
    assert "a_b s q ? Finds." in text
    assert "1 tools in 1 domains" in text


def test_errors_are_one_line(tmp_path, capsys):
    assert main(["tools", "check", str(tmp_path / "nowhere.jsonl")]) == 2
    assert main(["tools", "import", "starter", "-o", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("toolace-mt: ") for line in lines)
