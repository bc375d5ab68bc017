"""Wraps functions in every process of a run under test: it writes a log, and kills on request.

All processes append to the one log of a run, one short line at a time:

    <seconds> <pid> sent <key>              a request reached the process of an engine
    <seconds> <pid> start <key>             it entered the engine: from here on it is paid
    <seconds> <pid> done <key> <tokens>     its completion left the engine
    <seconds> <pid> journal <key>           the completion is durable
    <seconds> <pid> file <place>            an operation on a file of the run comes next
    <seconds> <pid> kill <what>             a process is about to be killed, or kills itself
    <seconds> <pid> gone                    all that a killed driver had at work has ended as well

The package itself has no such code: its functions, and those of `os`, are wrapped from outside.
"""

import asyncio
import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

VARIABLE = "KILLS"
ENGINE_CORE = "^VLLM::EngineCore"
POISONING = 0.1  # seconds after which a poisoned request crashes its engine
OPERATIONS = ("open", "write", "fsync", "fdatasync", "rename", "mkdir", "unlink", "rmdir")
_open, _write = os.open, os.write


@dataclass(frozen=True, slots=True)
class Point:
    """Where a process kills itself: at the `number`-th time that it comes to `place`.

    `place` is a role, an operation and a kind of file ("worker rename shards"); `side` is "before",
    "after" or "half" (of what is written).
    """

    place: str
    side: str
    number: int


@dataclass(frozen=True, slots=True)
class Orders:
    """Handed to all processes of one driver's life through the environment."""

    log: str
    run_dir: str
    points: tuple[Point, ...] = ()
    files: bool = False
    poison: str = ""  # "<dialogue>" or "<dialogue> <stage>": its requests crash their engine

    def to_env(self) -> str:
        """Return the value of the variable."""
        points = [[point.place, point.side, point.number] for point in self.points]
        return json.dumps([self.log, self.run_dir, points, self.files, self.poison])

    @staticmethod
    def from_env() -> "Orders":
        """Read the variable."""
        log, run_dir, points, files, poison = json.loads(os.environ[VARIABLE])
        return Orders(log, run_dir, tuple(Point(*point) for point in points), files, poison)


def install(role: str = "worker") -> None:
    """Wrap what has to be seen in this process; Ray calls this in each of its own."""
    orders = Orders.from_env()
    _watch_engine(orders)
    _watch_journal(orders)
    if orders.points or orders.files:
        counts: Counter[str] = Counter()
        for name in OPERATIONS:
            setattr(os, name, _watched(name, getattr(os, name), role, orders, counts))


def note(log: str, *words: object) -> None:
    """Append a line; one write to a file opened for appending is never mixed with another's."""
    file = _open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    _write(file, f"{time.time():.6f} {os.getpid()} {' '.join(map(str, words))}\n".encode())
    os.close(file)


def kind_of_file(path: str, run_dir: str) -> str:
    """Return what a path of the run is, without numbers and random parts; "" for any other."""
    if path != run_dir and not path.startswith(run_dir + "/"):
        return ""
    parts = Path(path[len(run_dir) + 1 :]).parts
    if not parts:
        return "run_dir"
    if parts[0] in ("journal", "shards"):
        return parts[0] if Path(parts[-1]).suffix else f"{parts[0]}-directory"
    if parts[0].startswith("dataset"):
        return "dataset"
    return re.sub(r"^\.|\.[0-9a-f]{32}\.tmp$", "", parts[-1])


def _watched(
    name: str, operation: Callable[..., Any], role: str, orders: Orders, counts: Counter[str]
) -> Callable[..., Any]:
    def watched(first: Any, *others: Any, **named: Any) -> Any:
        kind = _kind(others[0] if name == "rename" else first, orders.run_dir)
        if not kind:
            return operation(first, *others, **named)
        place = f"{role} {name} {kind}"
        counts[place] += 1
        if orders.files:
            note(orders.log, "file", place)
        due = {p.side: p for p in orders.points if (p.place, p.number) == (place, counts[place])}
        if "half" in due and _claim(due["half"], orders):
            operation(first, bytes(others[0])[: len(others[0]) // 2])
            _die(due["half"], orders)
        if "before" in due and _claim(due["before"], orders):
            _die(due["before"], orders)
        try:
            return operation(first, *others, **named)
        finally:  # a directory that is there already is no reason to live on
            if "after" in due and _claim(due["after"], orders):
                _die(due["after"], orders)

    return watched


def _kind(target: Any, run_dir: str) -> str:
    try:
        path = os.readlink(f"/proc/self/fd/{target}") if isinstance(target, int) else target
        return kind_of_file(os.fsdecode(path), run_dir)
    except OSError:  # a descriptor that is none any more is the operation's own affair
        return ""


def _claim(point: Point, orders: Orders) -> bool:
    """Return whether no other process has died here already."""
    name = f"{orders.log}.{point.place.replace(' ', '-')}-{point.side}"
    try:
        os.close(_open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def _die(point: Point, orders: Orders) -> None:
    note(orders.log, "kill", point.side, point.place)
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


class _Noting:
    """An engine that notes what it is asked and what it has answered."""

    def __init__(self, engine: Any, orders: Orders) -> None:
        self._engine = engine
        self._log, self._poison = orders.log, orders.poison

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def generate(self, request: Any, priority: int = 0) -> Any:
        key = request.key(self._engine.model)
        note(self._log, "start", key)
        if self._poison and f"{request.dialogue} {request.stage}".startswith(self._poison):
            completion = await self._poisoned(request, priority)
        else:
            completion = await self._engine.generate(request, priority)
        note(self._log, "done", key, completion.prompt_tokens + completion.output_tokens)
        return completion

    async def _poisoned(self, request: Any, priority: int) -> Any:
        """Answer a request in whose midst the engine crashes; it never gets an answer."""
        answer = asyncio.ensure_future(self._engine.generate(request, priority))
        try:
            await asyncio.sleep(POISONING)
            note(self._log, "kill", "SIGKILL", "poison")
            crash()
            await answer
            return await self._engine.generate(request, priority)  # it was too fast for the crash
        finally:
            answer.cancel()


def crash(core: str = ENGINE_CORE) -> None:
    """Kill vLLM's own process, as what it computes would; a scripted engine has only this one."""
    children = psutil.Process().children(recursive=True)
    cores = [child for child in children if re.search(core, " ".join(child.cmdline()))]
    for process in cores or [psutil.Process()]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _watch_engine(orders: Orders) -> None:
    from toolace_mt.distributed.fleet import actors
    from toolace_mt.distributed.fleet.admission import Admission

    start = actors.start_engine
    actors.start_engine = lambda *given: _Noting(start(*given), orders)
    accept = Admission.accept  # whatever message the requests come with

    def noting(self: Any, client: str, sent: Sequence[Any]) -> None:
        for order in sent:
            note(orders.log, "sent", order.request.key(self.engine.model))
        accept(self, client, sent)

    Admission.accept = noting  # type: ignore[method-assign]


def _watch_journal(orders: Orders) -> None:
    from toolace_mt.run.journal import Journal

    append = Journal.append

    async def noting(self: Journal, key: str, completion: Any) -> None:
        await append(self, key, completion)
        note(orders.log, "journal", key)

    Journal.append = noting  # type: ignore[method-assign]
