"""A driver under test, in a process of its own.

With `nodes`, its Ray cluster is a head without engines or shards, and that many nodes, all on this
machine.
"""

import argparse
import functools
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import ray
from rich.console import Console

from benchmarks.kills import hook as kills_hook
from toolace_mt.config import validate_config
from toolace_mt.distributed.driver import run
from toolace_mt.errors import ToolaceError
from toolace_mt.run.policy import FaultPolicy


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("settings", "policy", "nodes"):
        parser.add_argument(name, type=json.loads, help="JSON")
    given = parser.parse_args()
    settings, policy, nodes = given.settings, given.policy, given.nodes
    kills_hook.install("driver")
    ray.cloudpickle.register_pickle_by_value(kills_hook)
    runtime = {
        "worker_process_setup_hook": kills_hook.install,
        "env_vars": {kills_hook.VARIABLE: os.environ[kills_hook.VARIABLE]},
    }
    ray.init = functools.partial(ray.init, runtime_env=runtime)
    config = validate_config(settings, "kills")
    try:
        with _nodes(nodes) if nodes else nullcontext():
            run(config, policy=FaultPolicy(**policy), console=Console(stderr=True))
    except ToolaceError as error:
        print(f"error: {error.message}", file=sys.stderr, flush=True)
        return error.exit_code
    return 0


@contextmanager
def _nodes(count: int) -> Iterator[None]:
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False}
    # Its hooks at exit could only be set by the main thread, which does not start the nodes.
    cluster = Cluster(initialize_head=True, head_node_args=head, shutdown_at_exit=False)
    for _ in range(count):
        cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False)
    over = threading.Event()
    keeper = threading.Thread(target=_replace_lost, args=(cluster, count, over))
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
        ray.shutdown()
        cluster.shutdown()


def _replace_lost(cluster: Any, count: int, over: threading.Event) -> None:
    """Start a node for each that has lost its raylet, as a cloud would."""
    while not over.wait(1.0):
        for node in list(cluster.worker_nodes):
            if not any(kind == "raylet" for kind, _ in node.live_processes()):
                cluster.remove_node(node, allow_graceful=False)
        try:
            while len(cluster.worker_nodes) < count:
                cluster.add_node(num_cpus=1)
        except Exception as error:  # killed while it started: the next round starts another
            print(f"a node did not start: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
