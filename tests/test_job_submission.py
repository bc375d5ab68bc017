"""A run submitted as a job to a live Ray head, as cluster/README.md says."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from datasets import load_dataset

from benchmarks.kills.head import free_ports

pytestmark = pytest.mark.slow

CLUSTER = Path(__file__).parent.parent / "cluster"
RAY = str(Path(sys.executable).parent / "ray")
DIALOGUES = 6


@dataclass(frozen=True)
class Head:
    """A Ray head of this test alone: its own ports, directory and token."""

    dashboard: int
    metrics: int
    env: dict[str, str]

    def submit(self, *command: str) -> subprocess.Popen[str]:
        address = f"http://127.0.0.1:{self.dashboard}"
        return subprocess.Popen(
            [RAY, "job", "submit", "--address", address, "--", *command],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def served(self) -> set[str]:
        """Our metrics as Prometheus sees them now; none before Ray's agent is up."""
        url = f"http://127.0.0.1:{self.metrics}/metrics"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                text = answer.read().decode()
        except urllib.error.URLError:
            return set()
        return set(re.findall(r"^(ray_toolace_\w+)\{", text, re.M))


@pytest.fixture(scope="module")
def head() -> Iterator[Head]:
    port, dashboard, client, agent, metrics = free_ports(5)
    env = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    env |= {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_metrics_report_interval_ms": "1000",
    }
    folder = tempfile.mkdtemp(prefix="ray-")  # short: sockets lie in it
    command = [
        *(RAY, "start", "--head", "--block", "--num-cpus=2", "--node-ip-address=127.0.0.1"),
        *(f"--port={port}", f"--dashboard-port={dashboard}", f"--temp-dir={folder}"),
        *(f"--ray-client-server-port={client}", f"--dashboard-agent-listen-port={agent}"),
        *(f"--metrics-export-port={metrics}", f"--object-store-memory={256 << 20}"),
    ]
    with tempfile.TemporaryFile("w+") as log:
        started = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        try:
            wait_until_up(dashboard, started)
            yield Head(dashboard, metrics, env)
        finally:
            started.terminate()
            started.wait(timeout=60)
            shutil.rmtree(folder, ignore_errors=True)


def wait_until_up(port: int, started: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert started.poll() is None, "ray start ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise AssertionError("the dashboard did not come up")


def test_a_submitted_run_makes_its_dataset_and_is_found_again(head: Head, tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    config.write_text(
        f"run_dir: {tmp_path}/elsewhere\ndialogues: {DIALOGUES}\nshard_size: 3\n"
        "initialization: {grounding: constrained, values: seeded}\n"
        "engine: {kind: scripted, replicas: 2, seconds_per_call: 0.2, fail: {crash_after: 60}}\n"
    )
    run_dir = tmp_path / "run"
    command = [sys.executable, "-m", "toolace_mt", "run", str(config), f"run_dir={run_dir}"]

    job = head.submit(*command)
    seen: set[str] = set()
    while job.poll() is None:
        seen |= head.served()
        time.sleep(0.5)
    assert job.stdout is not None
    log = job.stdout.read()
    assert job.returncode == 0, log
    assert "succeeded" in log
    dataset = load_dataset(str(run_dir / "dataset"), "openai")
    assert sum(len(split) for split in dataset.values()) == DIALOGUES

    dashboard = (CLUSTER / "grafana.json").read_text()
    assert seen == set(re.findall(r"ray_toolace_\w+", dashboard))

    before = sorted((p, p.stat().st_mtime_ns) for p in run_dir.glob("shards/**/*.arrow"))
    again = head.submit(*command)
    log = again.communicate(timeout=120)[0]
    assert again.returncode == 0, log
    assert sorted((p, p.stat().st_mtime_ns) for p in run_dir.glob("shards/**/*.arrow")) == before
    assert len(before) == 3 * DIALOGUES / 3


def test_without_the_token_nothing_is_submitted(head: Head, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    stranger = Head(head.dashboard, head.metrics, {**head.env, "RAY_AUTH_TOKEN": "0" * 64})
    job = stranger.submit("touch", str(proof))
    assert job.wait(timeout=120) != 0
    assert not proof.exists()
