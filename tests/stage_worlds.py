"""What the stages' tests share: a pool, settings, a recording generate on the scripted engine."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import InitializationConfig, ScriptedConfig, ToolsConfig
from toolace_mt.config.refinement import PAPERS, InjectionMix
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.initialization import initialize
from toolace_mt.seeds import derive_seed
from toolace_mt.tools.pool import ToolPool, load_pool
from toolace_mt.trajectory import Trajectory

POOL: ToolPool = load_pool("starter")
WEAK = InitializationConfig(subtasks=(2, 3), steps=(1, 2), grounding="constrained", values="seeded")
PAPERS_MIX = InjectionMix(**dict.fromkeys(PAPERS, 1.0))


def governed(*then: str) -> InitializationConfig:
    """WEAK with a system prompt and those rules of the starter pool's policies that end so."""
    given = WEAK.model_dump() | {"system": True, "policies": ["starter"]}
    policies = InitializationConfig(**given).policies
    kept = [
        {
            **policy.model_dump(exclude={"rules"}),
            "rules": [rule for rule in policy.rules if rule.then in then],
        }
        for policy in policies
    ]
    return InitializationConfig(**{**given, "policies": kept})


class Recorder:
    """A `generate` that keeps every request; `answer` may say what a kind of call returns.

    None leaves it to the scripted engine.
    """

    def __init__(self, answer: dict[str, Callable[[Request], Any]] | None = None) -> None:
        self.engine = ScriptedEngine(ScriptedConfig(kind="scripted"))
        self.requests: list[Request] = []
        self.answer = answer or {}

    async def __call__(self, request: Request) -> Completion:
        self.requests.append(request)
        answer = self.answer[request.kind](request) if request.kind in self.answer else None
        if answer is not None:
            if isinstance(answer, Completion):
                return answer
            return Completion(answer if isinstance(answer, str) else json.dumps(answer), "stop")
        return await self.engine.generate(request)

    def kinds(self) -> list[str]:
        return [request.kind for request in self.requests]


def empty(number: int) -> Trajectory:
    return Trajectory(f"d{number}", derive_seed("tests", number))


async def skeleton(
    number: int, config: InitializationConfig = WEAK, generate: Recorder | None = None
) -> Trajectory:
    return await initialize(empty(number), generate or Recorder(), POOL, ToolsConfig(), config)


def refused_examples(request: Request) -> Iterator[str]:
    """Yield what the last example of a prompt shows and the answer's schema refuses."""
    assert request.schema is not None
    last = request.user.splitlines()[-1]
    yield from _refused(request.schema, json.loads(last[last.index("{") :]))


def _refused(schema: Any, shown: Any) -> Iterator[str]:
    if isinstance(shown, dict):
        for name, inner in shown.items():
            yield from _refused(schema["properties"][name], inner)
    elif not re.fullmatch(schema["pattern"], shown):
        yield f"{shown} is no {schema['pattern']}"
