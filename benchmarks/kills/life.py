"""One driver under test: started in a session of its own, killed in parts or as a whole."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from benchmarks.kills.head import Head
from benchmarks.kills.hook import ENGINE_CORE, VARIABLE, Orders, Point, note

ORPHAN_SECONDS = 30.0  # how long shards and engines may outlive the one that they belong to
# Ray's two agents notice a dead raylet after 60 s; they hold no more than their own memory.
AGENT_SECONDS = 90.0
TITLES = {
    "driver": r"benchmarks\.kills\.driver",
    "worker": r"^ray::\w+_shard",
    "actor": r"^ray::EngineActor",
    "enginecore": ENGINE_CORE,  # it schedules; on CPUs another process of vLLM's computes
    "vllmworker": "^VLLM::Worker",
    "work": r"^ray::(\w+_shard|EngineActor)|^VLLM::",
    "node": r"raylet/raylet (?!.*--head)",
}
PATIENCE = 600.0  # seconds without an end, nor a new line in the log, after which a run hangs


class Life:
    """A driver from its start to its end, with all processes that work for it.

    Those that it started share its session, whoever adopts them; those of a cluster that it joined
    share the head's.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        log: Path,
        policy: Mapping[str, Any],
        points: Sequence[Point] = (),
        nodes: int = 0,
        files: bool = False,
        poison: str = "",
        head: Head | None = None,
    ) -> None:
        self._log = log
        self._sessions = [head.session] if head else []
        self.ended = 0.0
        orders = Orders(str(log), str(settings["run_dir"]), tuple(points), files, poison)
        script = ("-m", "benchmarks.kills.driver")
        arguments = [json.dumps(settings), json.dumps(policy), json.dumps(nodes)]
        self.output = log.with_suffix(".out")
        with self.output.open("ab") as output:
            self.driver = subprocess.Popen(
                [sys.executable, *script, *arguments],
                env={**(head.env if head else os.environ), VARIABLE: orders.to_env()},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._sessions.append(self.driver.pid)

    def running(self) -> bool:
        """Whether the driver still runs."""
        return self.driver.poll() is None

    def processes(self, title: str = "") -> list[psutil.Process]:
        """Return the living processes whose command line matches `title`."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = os.getsid(process.pid) in self._sessions
                if not ours or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if re.search(title, " ".join(process.cmdline())):
                    found.append(process)
            except (ProcessLookupError, psutil.Error):
                continue
        return found

    def kill(self, kind: str, rng: random.Random, how: signal.Signals = signal.SIGKILL) -> bool:
        """Send a signal to one process of a kind of `TITLES`; returns whether there was one."""
        victims = self.processes(TITLES[kind])
        if kind == "driver":
            victims = [process for process in victims if process.pid == self.driver.pid]
        if not victims:
            return False
        victim = rng.choice(victims)
        parents = ("actor", "enginecore", "node")
        children = victim.children(recursive=True) if kind in parents else []
        note(str(self._log), "kill", how.name, kind)
        victim.send_signal(how)
        if kind == "node":  # a machine goes as a whole; left alone, its workers go on for seconds
            for child in children:
                with suppress(psutil.NoSuchProcess):
                    child.send_signal(how)
        if how == signal.SIGKILL and psutil.wait_procs(children, timeout=ORPHAN_SECONDS)[1]:
            raise AssertionError(f"{kind}: processes that it had started outlived it")
        return True

    def lines(self) -> int:
        """Return how much is in the log."""
        return self._log.stat().st_size if self._log.exists() else 0

    def answers(self) -> int:
        """Return how many completions engines have given."""
        return self._log.read_text().count(" done ") if self._log.exists() else 0

    def wait(self, seconds: float, lines: int = 0, answers: int = 0) -> bool:
        """Wait so long, and until the log says so much; returns whether the driver runs."""
        began = last = time.monotonic()
        size = self.lines()
        while self.running() and (
            time.monotonic() - began < seconds
            or self.lines() < lines
            or (answers and self.answers() < answers)
        ):
            time.sleep(0.02)
            if self.lines() != size:
                size, last = self.lines(), time.monotonic()
            if time.monotonic() - last > PATIENCE:
                self._outlive("", 0)
                raise AssertionError(f"nothing happens any more; see {self.output}")
        return self.running()

    def end(self) -> tuple[int, int]:
        """Wait for the driver's end; returns its status, and how many at work outlived it."""
        self.wait(0, lines=sys.maxsize)
        self.ended = time.monotonic()
        orphans = self._outlive(TITLES["work"], ORPHAN_SECONDS)
        if self.driver.wait() == -signal.SIGKILL:
            note(str(self._log), "gone")
        return self.driver.returncode, orphans

    def leftovers(self) -> int:
        """Return how many processes of any kind are left, after the time that Ray's own take."""
        self._sessions = [self.driver.pid]
        return self._outlive("", AGENT_SECONDS)

    def _outlive(self, title: str, seconds: float) -> int:
        """Return how many are still there so long after the driver's end; they are ended here."""
        while (left := self.processes(title)) and time.monotonic() < self.ended + seconds:
            time.sleep(0.1)
        for process in left:
            process.kill()
        return len(left)
