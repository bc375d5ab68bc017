import gc
import json
import weakref
from pathlib import Path

from stage_worlds import Recorder, skeleton

from toolace_mt.__main__ import main
from toolace_mt.caching import cached
from toolace_mt.calls.request import Request
from toolace_mt.config import VerificationConfig
from toolace_mt.dataset.messages import to_row
from toolace_mt.reading.checking.experts import judged
from toolace_mt.reading.checking.written import Targets, writing
from toolace_mt.reading.files import read_rows

CONFIG = """
run_dir: runs/none
engine: {kind: scripted, flawed: %s}
verification: {experts: [consistency, completion]}
"""


async def dialogues(path: Path, count: int) -> Path:
    rows = [to_row(await skeleton(number)) for number in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "no json\n")
    return path


async def test_results_keep_the_order_of_the_file(tmp_path: Path) -> None:
    path = await dialogues(tmp_path / "rows.jsonl", 7)
    config = VerificationConfig(experts=("completion",))
    verdicts = iter(["fail", "pass"] * 9)
    generate = Recorder({"completion": lambda request: {"verdict": next(verdicts), "reason": "so"}})
    results = [one async for _, one in judged(read_rows(path), generate, config, 3)]
    assert [one["line"] for one in results] == list(range(1, 9))
    assert [one["outcome"] for one in results] == [*["rejected", "accepted"] * 3, *["rejected"] * 2]
    assert results[0]["findings"][-1]["check"] == "completion"


async def test_what_a_dialogue_made_is_let_go_once_it_was_judged(tmp_path: Path) -> None:
    class Record:
        pass

    kept: list[weakref.ref[Record]] = []

    @cached
    def remember(record: Record) -> int:
        kept.append(weakref.ref(record))
        return 1

    def answer(request: Request) -> dict[str, str]:
        remember(Record())
        gc.collect()
        assert kept[-1]() is not None
        return {"verdict": "pass", "reason": "so"}

    path = await dialogues(tmp_path / "rows.jsonl", 2)
    config = VerificationConfig(experts=("completion",))
    generate = Recorder({"completion": answer})
    async for _ in judged(read_rows(path), generate, config, 1):
        pass
    gc.collect()
    assert [record() for record in kept] == [None, None]


def test_the_command_counts_what_experts_say(tmp_path: Path, capsys: object) -> None:
    import asyncio

    path = asyncio.run(dialogues(tmp_path / "rows.jsonl", 4))
    config = tmp_path / "experts.yaml"
    config.write_text(CONFIG % 1.0)
    found = tmp_path / "findings.jsonl"
    assert main(["verify", str(path), "--experts", str(config), "--findings", str(found)]) == 1
    checks = [[f["check"] for f in json.loads(line)["findings"]] for line in found.open()]
    assert sum("consistency" in names and "completion" in names for names in checks) == 4


async def test_an_undecided_dialogue_is_written_with_its_reasons(tmp_path: Path) -> None:
    path = await dialogues(tmp_path / "rows.jsonl", 1)
    config = VerificationConfig(experts=("completion",))
    generate = Recorder({"completion": lambda request: {"verdict": "perhaps"}})
    results = [pair async for pair in judged(read_rows(path), generate, config, 3)]
    assert results[0][1]["outcome"] == "undecided"
    (answer,) = results[0][1]["answers"]
    assert (answer["expert"], answer["outcome"]) == ("completion", "undecided")
    assert answer["reason"]
    with writing(Targets(tmp_path / "found", reject=tmp_path / "reject")) as writer:
        assert all(writer.add(row, result) for row, result in results)
    assert [json.loads(line) for line in (tmp_path / "found").open()] == [r for _, r in results]
    assert (tmp_path / "reject").read_text() == path.read_text()


def test_a_rule_that_is_none_is_told_before_the_engine_starts(tmp_path: Path, capsys) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("{}")
    config = tmp_path / "experts.yaml"
    for off in ("[]", "[shema]"):
        config.write_text(CONFIG.replace("completion]", f"completion], 'off': {off}") % 1.0)
        wrong = [] if off == "[shema]" else ["--off", "shema"]
        assert main(["verify", str(path), "--experts", str(config), *wrong]) == 2
        assert "no rule 'shema'; did you mean schema" in capsys.readouterr().err
