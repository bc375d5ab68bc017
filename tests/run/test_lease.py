import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from toolace_mt.errors import RunDirError
from toolace_mt.run import lease
from toolace_mt.run.directory import RunDir
from toolace_mt.run.lease import Lease, check_epoch, owned, read_lease

HOLD = """
import sys, time
from pathlib import Path
from toolace_mt.run.directory import RunDir
from toolace_mt.run.lease import owned
with owned(RunDir(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


def test_epochs_count_the_drivers(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    for epoch in (1, 2, 3):
        with owned(run) as mine:
            assert mine.epoch == epoch
            check_epoch(run, epoch)
    with pytest.raises(RunDirError, match="replaced by another driver"):
        check_epoch(run, 2)


def test_a_living_driver_keeps_others_out_and_a_killed_one_does_not(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunDirError, match=f"pid {holder.pid} on {socket.gethostname()}"):
            owned(run).__enter__()
        holder.kill()
        holder.wait()
    with owned(run) as mine:
        assert mine.epoch == 2


def foreign(run: RunDir, beat: int) -> None:
    (run.state / "lease.json").write_text(
        json.dumps({"epoch": 4, "host": "another-machine", "pid": 1, "beat": beat})
    )


def test_the_beat_decides_between_machines(tmp_path: Path, monkeypatch) -> None:
    run = RunDir(tmp_path)
    run.state.mkdir()
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(lease, "PATIENCE", 0.3)
    foreign(run, 1)
    with owned(run) as mine:
        assert mine == Lease(5, socket.gethostname(), os.getpid())

    foreign(run, 1)
    beats = iter(range(2, 1000))
    sleep = time.sleep

    def beating(seconds: float) -> None:
        foreign(run, next(beats))
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", beating)
    with pytest.raises(RunDirError, match=r"a driver is at work here .pid 1 on another-machine"):
        owned(run).__enter__()


def test_the_owner_beats_until_it_is_replaced(tmp_path: Path, monkeypatch) -> None:
    run = RunDir(tmp_path)
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.02)
    with owned(run):
        for _ in range(600):  # a busy machine may be long in coming to it
            time.sleep(0.05)
            now = read_lease(run)
            if now is not None and now.beat > 1:
                break
        assert now is not None
        assert now.beat > 1
        for _ in range(20):  # a beat may have been on its way; who takes over looks again, too
            foreign(run, 7)
            time.sleep(0.1)
            if read_lease(run) == Lease(4, "another-machine", 1, 7):
                break
        time.sleep(0.1)
        assert read_lease(run) == Lease(4, "another-machine", 1, 7)
    assert read_lease(run) == Lease(4, "another-machine", 1, 7)


def test_half_written_files_of_the_dead_are_cleared(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    leftover = run.shard("refinement", 3).parent / ".00003.arrow.abc.tmp"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    with owned(run):
        assert not leftover.exists()
