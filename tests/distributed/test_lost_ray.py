import re
from unittest.mock import Mock

import psutil
import pytest
import ray

from toolace_mt.distributed.cluster import Cluster, cluster
from toolace_mt.errors import RunError


class Process:
    """A process that lives until it is said to be dead."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = list(arguments)
        self.lives = True

    def cmdline(self) -> list[str]:
        return self._arguments

    def kill(self) -> None:
        if not self.lives:
            raise psutil.NoSuchProcess(1)
        self.lives = False

    def is_running(self) -> bool:
        return self.lives

    def status(self) -> str:
        return psutil.STATUS_SLEEPING


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The raylets of this node and of another one, the GCS, and a process like any other."""
    sockets = {"here": "/ray/raylet", "there": "/ray/raylet.1"}
    nodes = [{"NodeID": n, "RayletSocketName": socket} for n, socket in sockets.items()]
    made = [Process("raylet", f"--raylet_socket_name={socket}") for socket in sockets.values()]
    made += [Process("/bin/gcs_server"), Process("dashboard.py", "--gcs-address=/x")]
    context = Mock()
    context.get_node_id.return_value = "here"
    monkeypatch.setattr(ray, "nodes", lambda: nodes)
    monkeypatch.setattr(ray, "get_runtime_context", lambda: context)
    monkeypatch.setattr(psutil, "process_iter", lambda: made)
    return made


def test_a_driver_needs_the_raylet_of_its_own_node_and_the_gcs_that_it_started(
    processes: list[Process],
) -> None:
    own, other, gcs, dashboard = processes
    cluster, joined = Cluster([gcs, dashboard, own]), Cluster()
    other.lives = dashboard.lives = False
    assert (cluster.lost(), joined.lost()) == ("", "")
    gcs.lives = False
    assert (cluster.lost(), joined.lost()) == ("gcs_server", "")
    own.lives = False
    assert joined.lost() == "raylet"


def test_a_cluster_that_is_lost_is_ended_and_not_disconnected_from(
    processes: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other, gcs, dashboard = processes
    shutdown = Mock()
    monkeypatch.setattr(ray, "shutdown", shutdown)
    cluster = Cluster([gcs, dashboard, own])
    cluster.leave()
    assert shutdown.call_count == 1
    assert all(process.lives for process in processes)
    gcs.lives = False
    cluster.leave()  # ray.shutdown may end this process before it has said why
    assert shutdown.call_count == 1
    assert [process for process in processes if process.lives] == [other]


@pytest.mark.parametrize(
    "address", ["127.0.0.1:9", "ray://127.0.0.1:9", "[::1]:9", "nope.invalid:9"]
)
def test_a_cluster_that_is_gone_is_one_line_at_once(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Ray takes 14 minutes to say so."""
    monkeypatch.setenv("RAY_ADDRESS", address)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", Mock(side_effect=AssertionError("it was tried all the same")))
    with pytest.raises(RunError, match=f"RAY_ADDRESS {re.escape(address)}: .*unset it"), cluster():
        pass


@pytest.mark.parametrize("address", ["", "auto", "local", "http://127.0.0.1:9"])
def test_what_names_no_port_is_left_to_ray(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    started = Mock(side_effect=RuntimeError("asked"))
    monkeypatch.setattr(ray, "init", started)
    with pytest.raises(RunError, match="asked"), cluster():
        pass
    assert started.call_count == (1 if address else 3)
