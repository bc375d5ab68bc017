"""The lease: one driver a run. A second one refuses while the first is alive.

- On one machine a file lock decides: the kernel releases it when the owner's process ends.
- Between machines, and on file systems without locks, the owner's heartbeat decides: an owner whose
  counter has not moved for `PATIENCE` seconds is dead.
- Each owner gets a new epoch. A driver that finds a later epoch in the lease has been replaced, and
  publishes nothing more.
"""

import fcntl
import itertools
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import IO

from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir, storage, write_atomically

logger = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Lease:
    """The driver that owns a run.

    `beat` is the heartbeat: a counter that grows while the owner is alive. `host` is "" once the
    owner has released the lease.
    """

    epoch: int
    host: str
    pid: int
    beat: int = 0


def read_lease(run: RunDir) -> Lease | None:
    """Return the lease of a run directory, or None if no driver was ever there."""
    path = run.state / "lease.json"
    if not path.exists():
        return None
    with storage(path):
        return Lease(**json.loads(path.read_bytes()))


def check_epoch(run: RunDir, epoch: int) -> None:
    """Raise RunDirError if a later driver owns the run."""
    lease = read_lease(run)
    if lease is not None and lease.epoch != epoch:
        raise RunDirError(
            f"{run.path}: replaced by another driver (on {lease.host}, pid {lease.pid});"
            " this one stops without publishing"
        )


@contextmanager
def owned(run: RunDir) -> Iterator[Lease]:
    """Hold the lease of a run directory for the block.

    Raises RunDirError while another driver holds it.
    """
    with storage(run.state):
        run.state.mkdir(parents=True, exist_ok=True)
        lock = (run.state / "lease.lock").open("ab")
    with lock:
        before = read_lease(run)
        locked = _lock(run, lock, before)
        lease = Lease(before.epoch + 1 if before else 1, socket.gethostname(), os.getpid())
        if before is not None and before.host and not (locked and before.host == lease.host):
            _take_over(run, before, lease)
        _write(run, lease)
        clear_temporary(run)
        over = threading.Event()
        beats = threading.Thread(target=_beat, args=(run, lease, over), name="beat", daemon=True)
        beats.start()
        try:
            yield lease
        finally:
            over.set()
            beats.join()
            _let_go(run, lease)


def _beat(run: RunDir, lease: Lease, over: threading.Event) -> None:
    """Write the heartbeat until `over` is set or another driver has replaced this one."""
    for count in itertools.count(1):
        if over.wait(BEAT_SECONDS):
            return
        try:
            if not _is_owner(run, lease):
                logger.error("%s: replaced by another driver", run.path)
                return
            _write(run, replace(lease, beat=count))
        except RunDirError as error:  # the disk may be full for a moment only
            logger.warning("%s", error)


def _is_owner(run: RunDir, lease: Lease) -> bool:
    now = read_lease(run)
    return now is not None and replace(now, beat=0) == lease


def _let_go(run: RunDir, lease: Lease) -> None:
    try:
        if _is_owner(run, lease):
            _write(run, replace(lease, host=""))
    except RunDirError as error:  # a driver on another host then waits for `PATIENCE`
        logger.warning("%s", error)


def clear_temporary(run: RunDir) -> None:
    """Delete the temporary files of killed processes. Only the owner may call this."""
    with storage(run.path):
        for pattern in (".*.tmp", "state/.*.tmp", "shards/*/.*.tmp"):
            for path in run.path.glob(pattern):
                path.unlink(missing_ok=True)


def _lock(run: RunDir, lock: IO[bytes], before: Lease | None) -> bool:
    """Return whether the lock is held; False where the file system has no locks."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _busy(run, before) from error
    except OSError as error:
        logger.warning("%s: no file locks here (%s); going by the beat", run.path, error.strerror)
        return False
    return True


def _take_over(run: RunDir, before: Lease, lease: Lease) -> None:
    """Take the lease if its heartbeat has stopped; clocks are not compared, they differ."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(BEAT_SECONDS / 2)
        now = read_lease(run)
        if now != before:
            raise _busy(run, now)
    _write(run, lease)
    time.sleep(BEAT_SECONDS)
    if not _is_owner(run, lease):  # a third driver was waiting as well
        raise _busy(run, read_lease(run))


def _busy(run: RunDir, lease: Lease | None) -> RunDirError:
    who = f"pid {lease.pid} on {lease.host}" if lease else "another process"
    return RunDirError(
        f"{run.path}: a driver is at work here ({who}); wait for it or stop it,"
        " then run the same command to continue"
    )


def _write(run: RunDir, lease: Lease) -> None:
    write_atomically(run.state / "lease.json", json.dumps(asdict(lease)).encode())
