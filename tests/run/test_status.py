from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from toolace_mt.distributed.progress import Progress
from toolace_mt.run.directory import RunDir
from toolace_mt.run.lease import owned
from toolace_mt.run.shards import Tokens
from toolace_mt.run.status import StageAccount, account_table, status_line


def watched(incarnation: str) -> dict[str, object]:
    return {
        **{"incarnation": incarnation, "waiting": 0, "running": 3, "dying": ""},
        **{"counts": {}, "busy_seconds": 1.0},
    }


def one_life(run: RunDir, console: Console, requeues: int) -> Progress:
    """A driver whose one engine dies twice: once seen by the watch alone, once by a shard too."""
    account = {"verification": StageAccount()}
    progress = Progress(run, 8, account, [4], console)
    engine = progress.engines[0]
    engine.update(watched("a"))
    assert engine.lost() == 1
    assert engine.died("a") == 0
    engine.update(watched("b"))
    assert engine.died("b") == 1
    assert engine.update(watched("c")) == 0
    progress.requeues = requeues
    return progress


def test_deaths_and_requeues_add_up_over_drivers_while_one_runs_and_afterwards(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunDir(tmp_path)
    monkeypatch.setattr("toolace_mt.distributed.progress.SAVE_SECONDS", 0.0)
    with owned(run), one_life(run, console, 5):
        pass
    assert status_line(run) == "no driver is at work; 2 engine deaths, 5 requeues so far"
    with owned(run), one_life(run, console, 2) as progress:
        progress.tick()
        assert "3/4 slots, 4 engine deaths, 7 requeues so far" in status_line(run)
    assert status_line(run) == "no driver is at work; 4 engine deaths, 7 requeues so far"


@pytest.mark.parametrize(("dialogues", "lines"), [(12, 1), (500_000, 1), (2_000_000_000, 2)])
def test_no_number_is_cut_however_many_dialogues_there_are(dialogues: int, lines: int) -> None:
    paid = Tokens(20 * dialogues, 20 * 2_465 * dialogues, 20 * 1_000 * dialogues, 20 * dialogues)
    stage = StageAccount(outcomes=Counter(accepted=dialogues), paid=paid)
    shown = Console(file=StringIO(), width=80)
    shown.print(account_table({"initialization": stage}, dialogues))
    printed = shown.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in printed
    if lines == 1:
        assert f"{paid.prompt:,}" in printed
    body = printed[printed.index("initialization") :]
    digits = "".join(filter(str.isdigit, body))
    numbers = (dialogues, paid.calls, paid.prompt, paid.output)
    assert len(digits) == sum(len(str(number)) for number in numbers) + len("0") + len("41")
