"""A Ray cluster of one node that outlives the drivers that join it and are killed.

Drivers need not start a cluster of their own. It also shows what a killed driver leaves behind: its
shards and engines must end although their cluster lives on.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

START_SECONDS = 180.0


class Head:
    """Use as a context manager; `env` is what a driver needs to join."""

    def __init__(self, log: Path) -> None:
        ports = free_ports(4)
        self._folder = tempfile.mkdtemp(prefix="ray-")  # short: sockets lie in it
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith("RAY_")
        }
        self.env |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        with log.open("ab") as output:
            self._started = subprocess.Popen(
                [
                    *(str(Path(sys.executable).parent / "ray"), "start", "--head", "--block"),
                    *("--num-cpus=4", "--node-ip-address=127.0.0.1", "--include-dashboard=false"),
                    *(f"--port={ports[0]}", f"--ray-client-server-port={ports[1]}"),
                    *(f"--dashboard-agent-listen-port={ports[2]}", f"--temp-dir={self._folder}"),
                    *(f"--metrics-export-port={ports[3]}", f"--object-store-memory={512 << 20}"),
                    '--system-config={"worker_niceness":0}',
                ],
                env=self.env,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.session = self._started.pid
        self.env["RAY_ADDRESS"] = f"127.0.0.1:{ports[0]}"

    def __enter__(self) -> "Head":
        end = time.monotonic() + START_SECONDS
        while not list(Path(self._folder).glob("session_latest/sockets/raylet*")):
            if time.monotonic() > end or self._started.poll() is not None:
                raise RuntimeError("the Ray head did not start")
            time.sleep(0.5)
        return self

    def __exit__(self, *_: object) -> None:
        for process in psutil.process_iter():
            with suppress(ProcessLookupError, psutil.Error):
                if os.getsid(process.pid) == self.session:
                    process.kill()
        self._started.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now, each another."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
