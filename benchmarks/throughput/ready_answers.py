"""Runs a configuration whose answers are all drawn beforehand: engines only wait and look up.

    python -m benchmarks.throughput.ready_answers ANSWERS run CONFIG [key=value ...]

Otherwise it is the package's command line. A scripted engine draws answers from schemas, which is
work that no run with a model has. Answers follow from requests alone, so the run is the same.
"""

import asyncio
import functools
import os
import pickle
import random
import sys
from pathlib import Path

import ray

from toolace_mt.__main__ import main as toolace_mt
from toolace_mt.calls.request import Completion, Finish, Request
from toolace_mt.config import load_config
from toolace_mt.distributed.shard_task import uncollected
from toolace_mt.engine import scripted
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.methods import METHODS, RunContext
from toolace_mt.run.plan import Shard, empty_dialogues
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Trajectory

VARIABLE = "READY_ANSWERS"
Place = tuple[str, str, str, int, str, int]


def draw(config_path: Path, dialogues: int, path: Path) -> None:
    """Write the answers that a run of so many dialogues will ask for."""
    config = load_config(config_path)
    context = RunContext(config, load_pool(config.tools.source))
    engine = ScriptedEngine(config.engine)  # type: ignore[arg-type]
    answers: dict[Place, tuple[str, Finish]] = {}

    async def noted(request: Request) -> Completion:
        completion = await engine.generate(request)
        answers[_place(request)] = completion.text, completion.finish
        return completion

    async def make(dialogue: Trajectory) -> None:
        for stage in METHODS[config.method].values():
            dialogue = await stage(dialogue, noted, context)

    async def make_all() -> None:
        for dialogue in empty_dialogues(config.seed, Shard(0, 0, dialogues)):
            await make(dialogue)

    with uncollected():
        asyncio.run(make_all())
    path.write_bytes(pickle.dumps(answers))


def install() -> None:
    """Have the scripted engine look its answers up; Ray calls this in each of its processes."""

    answers: dict[Place, tuple[str, Finish]] = {}

    def known(_: ScriptedEngine, request: Request, __: random.Random) -> tuple[str, Finish]:
        if not answers:  # in the processes of engines alone
            answers.update(pickle.loads(Path(os.environ[VARIABLE]).read_bytes()))
        return answers[_place(request)]

    ScriptedEngine._write = known  # type: ignore[method-assign]
    latencies = random.Random(0)  # one for all requests: to seed one for each takes 8 microseconds
    scripted._random = lambda _: latencies


def _place(request: Request) -> Place:
    return (
        *(request.dialogue, request.stage, request.kind, request.round),
        *(request.slot, request.attempt),
    )


def main() -> int:
    from benchmarks.throughput import ready_answers

    if sys.argv[1:2] in ([], ["-h"], ["--help"]):
        print(__doc__)
        return 0
    answers, *sys.argv[1:] = sys.argv[1:]
    ray.cloudpickle.register_pickle_by_value(ready_answers)
    runtime = {
        "worker_process_setup_hook": ready_answers.install,
        "env_vars": {VARIABLE: answers},
    }
    ray.init = functools.partial(ray.init, runtime_env=runtime)
    return toolace_mt()


if __name__ == "__main__":
    sys.exit(main())
