from unittest.mock import Mock

import psutil
import pytest
import ray

from toolace_mt.distributed.cluster import Cluster


class Process:
    """A process that lives until it is said to be dead."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = list(arguments)
        self.lives = True

    def cmdline(self) -> list[str]:
        return self._arguments

    def is_running(self) -> bool:
        return self.lives

    def status(self) -> str:
        return psutil.STATUS_SLEEPING


def test_a_driver_needs_the_raylet_of_its_own_node_and_the_gcs_that_it_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sockets = {"here": "/ray/raylet", "there": "/ray/raylet.1"}
    nodes = [{"NodeID": n, "RayletSocketName": socket} for n, socket in sockets.items()]
    own, other = (Process("raylet", f"--raylet_socket_name={s}") for s in sockets.values())
    gcs, dashboard = Process("/bin/gcs_server"), Process("dashboard.py", "--gcs-address=/x")
    monkeypatch.setattr(ray, "nodes", lambda: nodes)
    monkeypatch.setattr(ray, "get_runtime_context", Mock())
    ray.get_runtime_context().get_node_id.return_value = "here"  # type: ignore[attr-defined]
    monkeypatch.setattr(psutil, "process_iter", lambda: [own, other, gcs, dashboard])

    cluster, joined = Cluster([gcs, dashboard, own]), Cluster()
    other.lives = dashboard.lives = False
    assert (cluster.lost(), joined.lost()) == ("", "")
    gcs.lives = False
    assert (cluster.lost(), joined.lost()) == ("gcs_server", "")
    own.lives = False
    assert joined.lost() == "raylet"
