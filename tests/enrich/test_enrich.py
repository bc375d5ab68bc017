import json
import random
from typing import Any

import pytest

from toolace_mt.__main__ import main
from toolace_mt.calls.request import Completion
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.errors import EngineError
from toolace_mt.schemas.check import check_arguments, check_value
from toolace_mt.schemas.draw import draw
from toolace_mt.tools.pool import load_pool

SCRIPTED = "engine.kind=scripted"


def definition(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": f"Finds a {name}.",
        "parameters": {
            "type": "object",
            "properties": {"owner": {"type": "string"}, "zone": {
                "type": "string", "description": "e.g. 'Asia/Tokyo', 'Europe/Rome'"}},
            "required": ["owner"],
        },
        **more,
    }  # fmt: skip


@pytest.fixture
def pool(tmp_path):
    def write(*definitions, name="pool.jsonl"):
        path = tmp_path / name
        path.write_text("".join(f"{json.dumps(each)}\n" for each in definitions))
        return str(path)

    return write


def lines(path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """The kinds of all calls that reach an engine."""
    made: list[str] = []
    generate = ScriptedEngine.generate

    async def counted(self, request, priority=0):
        made.append(request.kind)
        return await generate(self, request, priority)

    monkeypatch.setattr(ScriptedEngine, "generate", counted)
    return made


def test_an_enriched_pool_has_all_that_dialogues_need(pool, tmp_path, capsys):
    path = pool(*(definition(f"thing{n}") for n in range(4)))
    out = tmp_path / "out.jsonl"
    assert main(["tools", "enrich", path, "-o", str(out), SCRIPTED]) == 0
    assert f"4 tools written to {out}" in " ".join(capsys.readouterr().out.split())
    for tool in load_pool(str(out)).tools:
        assert tool.returns
        assert len(tool.usage) == 2
        assert "{owner}" in tool.usage[0].user
        owners = tool.parameters["properties"]["owner"]["examples"]
        assert len(set(owners)) >= 3
        for seed in range(5):
            assert not check_arguments(tool, draw(tool.parameters, random.Random(seed)))
            assert not check_value(tool.returns, draw(tool.returns, random.Random(seed)))


def test_order_and_unrelated_keys_stay_and_origins_are_told(pool, tmp_path):
    nested = {"type": "function", "function": definition("b", **{"x-cost": 3})}
    path = pool(definition("c", annotations={"readOnlyHint": True}), nested)
    out = tmp_path / "out.jsonl"
    assert main(["tools", "enrich", path, "-o", str(out), SCRIPTED]) == 0
    first, second = lines(out)
    assert (first["name"], second["name"]) == ("c", "b")
    assert first["annotations"] == {"readOnlyHint": True}
    assert second["x-cost"] == 3
    assert first["enriched"] == dict.fromkeys(("parameters", "returns", "usage"), "scripted")


def test_without_a_model_examples_are_taken_from_descriptions(pool, tmp_path, capsys, calls):
    out = tmp_path / "out.jsonl"
    assert main(["tools", "enrich", pool(definition("a")), "-o", str(out)]) == 0
    (told,) = lines(out)
    assert told["parameters"]["properties"]["zone"]["examples"] == ["Asia/Tokyo", "Europe/Rome"]
    assert told["enriched"] == {"parameters": "description"}
    assert "usage" not in told
    assert "still missing: examples in 1, returns in 1, usage in 1" in capsys.readouterr().out
    assert not calls


def test_what_people_edit_is_kept_and_nothing_is_asked_twice(pool, tmp_path, calls):
    path, out = pool(definition("a"), definition("b")), tmp_path / "out.jsonl"
    command = ["tools", "enrich", path, SCRIPTED, "-o", str(out)]
    assert main(command) == 0
    edited = lines(out)
    edited[0]["usage"] = [{"user": "Whose is {owner}?", "reply": "I know now."}]
    edited[1]["usage"] = []
    edited.append(definition("mine"))
    out.write_text("".join(f"{json.dumps(each)}\n" for each in edited))
    calls.clear()
    pool(definition("a"), definition("b"), definition("new"))
    assert main(command) == 0
    again = lines(out)
    assert [each["name"] for each in again] == ["a", "b", "new", "mine"]
    assert again[0] == edited[0]
    assert again[1] == edited[1]
    assert {"returns", "parameters", "usage"} == set(calls)
    calls.clear()
    out.unlink()
    assert main(command) == 0  # the journal has every answer, also of a lost file
    assert [each["name"] for each in lines(out)] == ["a", "b", "new"]
    assert not calls


def test_an_engine_that_dies_costs_no_answer(pool, tmp_path, monkeypatch, calls):
    path = pool(*(definition(f"thing{n}") for n in range(6)))
    command = ["tools", "enrich", path, "-o", str(tmp_path / "out.jsonl"), SCRIPTED]
    generate = ScriptedEngine.generate

    async def dying(self, request, priority=0):
        if len(calls) >= 7:
            raise EngineError("gone for good")
        return await generate(self, request, priority)

    monkeypatch.setattr(ScriptedEngine, "generate", dying)
    assert main(command) == 1
    assert not (tmp_path / "out.jsonl").exists()
    monkeypatch.setattr(ScriptedEngine, "generate", generate)
    calls.clear()
    assert main(command) == 0
    whole = len(calls)
    calls.clear()
    other = ["tools", "enrich", path, "-o", str(tmp_path / "other.jsonl"), SCRIPTED]
    assert main(other) == 0
    assert whole == len(calls) - 7
    assert lines(tmp_path / "out.jsonl") == lines(tmp_path / "other.jsonl")


def test_a_changed_definition_is_taken_anew(pool, tmp_path):
    out = tmp_path / "out.jsonl"
    assert main(["tools", "enrich", pool(definition("a")), "-o", str(out), SCRIPTED]) == 0
    changed = definition("a")
    changed["parameters"]["properties"]["more"] = {"type": "integer"}
    assert main(["tools", "enrich", pool(changed), "-o", str(out), SCRIPTED]) == 0
    assert "more" in lines(out)[0]["parameters"]["properties"]


def test_bad_answers_are_asked_again_and_then_reported(pool, tmp_path, monkeypatch, capsys):
    asked: list[str] = []

    async def bad(self, request, priority=0):
        asked.append(request.kind)
        exchange = {"user": "Please help me with this {owner}.", "reply": "Fine."}
        answers: dict[str, Any] = {
            "returns": {"many": True, "fields": []},
            "parameters": {"owner": ["string", "{x}", "owner", "value"], "zone": [1]},
            "usage": {"first": exchange, "second": exchange},
        }
        return Completion(json.dumps(answers[request.kind]), "stop")

    monkeypatch.setattr(ScriptedEngine, "generate", bad)
    out = tmp_path / "out.jsonl"
    assert main(["tools", "enrich", pool(definition("a")), "-o", str(out), SCRIPTED]) == 0
    said = capsys.readouterr().out
    for part in ("returns", "parameters", "usage"):
        assert f"not written: a: {part}: " in said
        assert asked.count(part) == 3
    assert "returns" not in lines(out)[0]


def test_a_damaged_output_is_not_overwritten(pool, tmp_path, capsys):
    out = tmp_path / "out.jsonl"
    out.write_text(json.dumps(definition("a")) + "\n{\n")
    before = out.read_text()
    assert main(["tools", "enrich", pool(definition("a")), "-o", str(out)]) == 2
    assert f"{out}:2: not JSON" in capsys.readouterr().err
    assert out.read_text() == before


class Shelf:
    """A shelf whose methods say nothing of what they return."""

    def list_books(self):
        """List the books."""
        return [{"book_id": "BK-7", "pages": 90}, {"book_id": "BK-9", "pages": 12.5}]

    def open_book(self, book_id: str):
        """Open a book."""
        if book_id not in ("BK-7", "BK-9"):
            raise LookupError(f"no {book_id}")
        return f"Chapter one of {book_id}"

    def dust(self):
        """Say what is on the shelf beside books."""
        return []

    def weigh(self):
        """Weigh the shelf."""
        return "Error: no scales"

    def burn_book(self, book_id: str):
        """Burn a book."""
        raise AssertionError("may not be called")


def test_outputs_are_learned_from_calls_that_change_nothing(tmp_path, capsys):
    out = tmp_path / "out.jsonl"
    source = f"python:{__name__}:Shelf"
    names = ("list_books", "open_book", "dust", "weigh")
    named = [word for name in names for word in ("--read-only", name)]
    assert main(["tools", "enrich", source, "-o", str(out), "tools.live={}", *named]) == 0
    made = {each["name"]: each for each in lines(out)}
    assert made["list_books"]["returns"]["items"]["properties"] == {
        "book_id": {"type": "string", "examples": ["BK-7", "BK-9"]},
        "pages": {"type": "number", "examples": [90, 12.5]},
    }
    assert made["open_book"]["returns"] == {"type": "string", "examples": ["Chapter one of BK-7"]}
    assert made["open_book"]["enriched"]["returns"] == "called"
    assert "returns" not in made["burn_book"]
    said = " ".join(capsys.readouterr().out.split())
    assert "added: returns from real calls in 2 tools" in said
    assert "not written: dust: called: it returns nothing that says anything" in said
    assert 'not written: weigh: called: "Error: no scales"' in said
