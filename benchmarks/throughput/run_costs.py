"""Measures runs with scripted engines from outside: calls, CPU by part, memory of the driver."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

CONFIG = Path(__file__).parents[2] / "configs" / "scripted.yaml"
READY = "benchmarks.throughput.ready_answers"
SLOTS = 1024
SAMPLE_SECONDS = 0.5
WINDOW_SECONDS = 4.0  # at least, from sample to sample: the run's own heartbeat comes once a second
PARTS = ("stages", "engines", "driver", "ray")


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment of a run: its clock, answered calls, CPU by part and of all, driver's MiB."""

    at: float
    calls: int
    cpu: dict[str, float]
    machine: float
    driver_mib: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The middle of a run, from a quarter of its calls to nine tenths; CPU is per call.

    `others` is how many cores other processes of the machine kept busy meanwhile.
    """

    rate: float
    cpu_ms: dict[str, float]
    others: float

    @property
    def total_ms(self) -> float:
        """CPU milliseconds per call, all parts."""
        return sum(self.cpu_ms.values())


@dataclass(slots=True)
class _Processes:
    """The processes of a run; those that have ended count with what they had used."""

    root: psutil.Process
    cpu: dict[int, tuple[str, float]] = field(default_factory=dict)

    def sample(self) -> dict[str, float]:
        for process in (self.root, *self.root.children(recursive=True)):
            try:
                used, part = sum(process.cpu_times()[:2]), self._part(process)
            except psutil.Error:  # it ended while we looked
                continue
            self.cpu[process.pid] = (part, used)
        total: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        for part, used in self.cpu.values():
            total[part] += used
        return total

    def _part(self, process: psutil.Process) -> str:
        """A Ray worker says in its title what it does; idle ones stay what they were."""
        if process.pid == self.root.pid:
            return "driver"
        title = " ".join(process.cmdline())
        if "EngineActor" in title:
            return "engines"
        if "_shard" in title:
            return "stages"
        return self.cpu.get(process.pid, ("ray", 0.0))[0]


def watch(
    dialogues: int, engines: int, *overrides: str, answers: Path | None = None
) -> list[Sample]:
    """Make a run in a directory of its own and return what it looked like as it went.

    `answers` are those of its engines, if they were drawn beforehand.
    """
    program = ["-m", READY, str(answers)] if answers else ["-m", "toolace_mt"]
    with tempfile.TemporaryDirectory() as folder:
        run_dir = Path(folder, "run")
        settings = (
            *(f"run_dir={run_dir}", f"dialogues={dialogues}"),
            *(f"engine.replicas={engines}", f"engine.max_num_seqs={SLOTS // engines}"),
            *overrides,
        )
        command = [sys.executable, *program, "run", str(CONFIG), *settings]
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                samples = list(_samples(process, run_dir))
            finally:
                process.terminate()  # when we are interrupted; else it has ended
                process.wait()
        if process.returncode:
            raise SystemExit(Path(folder, "log").read_text("utf-8", "replace")[-2000:])
    return samples


def _samples(process: subprocess.Popen[bytes], run_dir: Path) -> Iterator[Sample]:
    """Yield what the run looks like, each time its own heartbeat has news."""
    processes = _Processes(psutil.Process(process.pid))
    seen = 0.0
    while process.poll() is None:
        time.sleep(SAMPLE_SECONDS)
        try:
            told: dict[str, Any] = json.loads((run_dir / "state" / "progress.json").read_bytes())
            memory = processes.root.memory_info().rss / 2**20
            cpu, machine = processes.sample(), _busy()
        except (FileNotFoundError, psutil.Error):  # not begun yet, or just over
            continue
        if told["time"] > seen:
            seen = told["time"]
            calls = sum(stage["paid"]["calls"] for stage in told["stages"].values())
            yield Sample(seen, calls, cpu, machine, memory)


def _busy() -> float:
    """Return the CPU seconds that the whole machine has spent on anything."""
    times = psutil.cpu_times()
    return sum(times[:8]) - times.idle - times.iowait


def middle(samples: list[Sample]) -> Measured:
    """Return rate and cost of a run once it is under way, and before its last dialogues."""
    calls = samples[-1].calls
    begun = next(s for s in samples if s.calls >= calls / 4)
    late = next(s for s in samples if s.calls >= calls * 9 / 10)
    made, seconds = late.calls - begun.calls, late.at - begun.at
    if seconds < WINDOW_SECONDS:
        raise SystemExit(f"{calls} calls are over too soon to be measured; take more dialogues")
    cpu_ms = {part: 1000 * (late.cpu[part] - begun.cpu[part]) / made for part in PARTS}
    ours = sum(cpu_ms.values()) * made / 1000
    others = max(0.0, late.machine - begun.machine - ours) / seconds
    return Measured(made / seconds, cpu_ms, others)
