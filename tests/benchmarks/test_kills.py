import json
import random
import signal
import subprocess
import zlib
from pathlib import Path

import pytest

from benchmarks.kills.campaign import Row
from benchmarks.kills.hook import Orders, Point, _watch_engine, crash, kind_of_file
from benchmarks.kills.log import journaled_twice, take_account
from benchmarks.kills.ways import kill_at_boundaries, kill_in_turn
from toolace_mt.calls.request import Request
from toolace_mt.config import ScriptedConfig
from toolace_mt.distributed.fleet import actors
from toolace_mt.distributed.fleet.admission import Admission
from toolace_mt.distributed.fleet.host import EngineHost
from toolace_mt.distributed.fleet.protocol import Order
from toolace_mt.engine.scripted import ScriptedEngine


def account(tmp_path: Path, *lines: str) -> tuple[int, int, list[int], int, int]:
    log = tmp_path / "log"
    log.write_text("".join(f"{line}\n" for line in lines))
    found = take_account(log)
    return found.kills, found.again, found.in_flight, found.tokens, found.unexplained


FINE = ("1 9 sent a", "1 9 start a", "2 9 done a 10", "3 9 journal a")


def test_a_call_in_flight_at_a_kill_may_be_made_again(tmp_path: Path) -> None:
    again = ("5 9 sent b", "5 9 start b", "6 9 done b 7", "7 1 kill driver", "7.5 1 gone")
    rest = ("20 8 sent b", "20 8 start b", "21 8 done b 7", "22 8 journal b")
    assert account(tmp_path, *FINE, *again, *rest) == (1, 1, [1], 7, 0)


@pytest.mark.parametrize(
    "lines",
    [
        ("4 1 kill driver", "5 8 sent a", "5 8 start a", "6 8 done a 10"),  # it was journaled
        ("5 8 sent a", "5 8 start a", "6 8 done a 10"),  # nothing was killed
    ],
)
def test_any_other_call_may_not(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert account(tmp_path, *FINE, *lines)[4] == 1


def test_what_shards_ask_after_their_drivers_death_is_in_flight_until_they_end(
    tmp_path: Path,
) -> None:
    lines = (
        "1 1 kill driver",
        "2 9 sent a",
        "2 9 start a",
        "3 1 gone",
        "9 8 sent a",
        "9 8 start a",
    )
    assert account(tmp_path, *lines) == (1, 1, [1], 0, 0)


async def test_a_request_is_noted_whatever_message_it_came_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        actors, "start_engine", lambda: ScriptedEngine(ScriptedConfig(kind="scripted"))
    )
    monkeypatch.setattr(Admission, "accept", Admission.accept)  # to be put back
    log = tmp_path / "log"
    _watch_engine(Orders(str(log), str(tmp_path)))
    host = EngineHost()
    admission = host.seat(0, actors.start_engine())
    first, second = (Request(name, "refinement", "fill", 1, "0", "s", "u") for name in "ab")
    await host.submit("c", {admission.incarnation: [Order(1, 0, False, first)]})
    await host.drain("c", {admission.incarnation: [Order(2, 0, False, second)]})
    sent = [line.split()[3] for line in log.read_text().splitlines() if " sent " in line]
    assert sent == [request.key(admission.engine.model) for request in (first, second)]


def test_what_a_journal_holds_twice_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "journal/refinement/00000"
    folder.mkdir(parents=True)
    payload = json.dumps({"key": "a"}).encode()
    line = b"%08x %s\n" % (zlib.crc32(payload), payload)
    (folder / "000001-0.jsonl").write_bytes(line)
    (folder / "000002-0.jsonl").write_bytes(line[:-5])
    assert journaled_twice(tmp_path) == 0
    (folder / "000003-0.jsonl").write_bytes(line)
    assert journaled_twice(tmp_path) == 1


def test_a_crash_ends_the_engines_own_process_and_no_other() -> None:
    core, other = (subprocess.Popen(["sleep", seconds]) for seconds in ("61.5", "62.5"))
    try:
        crash(core=r"^sleep 61\.5")
        assert core.wait(timeout=10) == -signal.SIGKILL
        assert other.poll() is None
    finally:
        core.kill()
        other.kill()
        other.wait()


class HealthyAtTimes:
    """A life whose engine answers something only while it is waited for."""

    def __init__(self) -> None:
        self.answered = 0
        self.killed: list[tuple[str, int]] = []

    def answers(self) -> int:
        return self.answered

    def wait(self, seconds: float, lines: int = 0, answers: int = 0) -> bool:
        self.answered = max(self.answered, answers)
        return True

    def kill(self, kind: str, rng: random.Random, how: signal.Signals) -> bool:
        self.killed.append((kind, self.answered))
        return True


def test_what_is_killed_in_turn_has_answered_since_the_last_kill() -> None:
    life = HealthyAtTimes()
    victims = [("enginecore", signal.SIGSTOP), ("driver", signal.SIGKILL)]
    kill_in_turn(victims, 1.0, random.Random(0))(life, Row("mixed", 4))  # type: ignore[arg-type]
    assert [kind for kind, _ in life.killed] == ["enginecore", "driver"] * 2
    assert [answered for _, answered in life.killed] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/r", "run_dir"),
        ("/runs/x", ""),
        ("/r/journal/refinement/00001", "journal-directory"),
        ("/r/journal/refinement/00001/000002-0.jsonl", "journal"),
        (f"/r/shards/refinement/.00001.arrow.{'0f' * 16}.tmp", "shards"),
        (f"/r/state/.lease.json.{'0f' * 16}.tmp", "lease.json"),
        (f"/r/dataset.tmp-{'0f' * 16}/openai/train-00000.parquet", "dataset"),
    ],
)
def test_kinds_of_files(path: str, kind: str) -> None:
    assert kind_of_file(path, "/r") == kind


class FreshPlaces:
    """A campaign whose driver comes to "driver old" in every life, to other places in its first."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runs = folder, 0

    def new_run(self) -> Path:
        self.runs += 1
        return self.folder / f"run{self.runs}"

    def live(self, run_dir: Path, points: list[Point]) -> int:
        """Return the exit status of a life in which those points kill that it comes to."""
        log = run_dir.with_suffix(".log")
        before = log.read_text() if log.exists() else ""
        killed = [p for p in points if not before or p.place == "driver old"]
        log.write_text(before + "".join(f"kill {p.side} {p.place}\n" for p in killed) + "lived\n")
        return int(bool(killed))

    def judge(self, *_: object) -> None:
        pass


def test_places_that_only_fresh_runs_come_to_get_fresh_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.kills.ways.ended", lambda status, row: status)
    sides = ("before", "half", "after")
    fresh = [Point(f"driver {name}", side, 1) for name in ("new", "newer") for side in sides]
    row = Row("boundary")
    points = [Point("driver old", "before", 1), *fresh]
    kill_at_boundaries(FreshPlaces(tmp_path), row, None, points)  # type: ignore[arg-type]
    logs = "".join(log.read_text() for log in tmp_path.glob("*.log"))
    assert row.wrong == []
    assert all(logs.count(f"kill {p.side} {p.place}\n") == 1 for p in points)
