"""What a dialogue costs, counted where all of its model calls pass."""

import asyncio

from toolace_mt.calls.request import Completion, Generate, Request
from toolace_mt.trajectory import Usage


class Meter:
    """A `Generate` that passes every request on and adds up the usage of one dialogue in one stage.

    Depth counts calls that waited for each other, so it does not vary with latency. A call made by
    the stage itself is one deeper than every call that ended before it. A call inside a gathered
    branch is one deeper than the previous call of that branch. Create a meter in the task that runs
    the stage.
    """

    def __init__(self, generate: Generate, stage: str) -> None:
        self._generate = generate
        self._stage = stage
        self._completions: list[tuple[int, Completion]] = []
        self._root = asyncio.current_task()
        self._branches: dict[asyncio.Task[object] | None, int] = {}

    async def __call__(self, request: Request) -> Completion:
        """Pass the request on and count what comes back."""
        branch = asyncio.current_task()
        ended = max((depth for depth, _ in self._completions), default=0)
        depth = 1 + (ended if branch is self._root else self._branches.get(branch, ended))
        self._branches[branch] = depth
        completion = await self._generate(request)
        self._completions.append((depth, completion))
        return completion

    def usage(self) -> Usage:
        """Return the usage of all calls that have ended."""
        slowest: dict[int, float] = {}
        for depth, completion in self._completions:
            slowest[depth] = max(slowest.get(depth, 0.0), completion.seconds)
        done = [completion for _, completion in self._completions]
        return Usage(
            stage=self._stage,
            calls=len(done),
            prompt_tokens=sum(c.prompt_tokens for c in done),
            cached_tokens=sum(c.cached_tokens for c in done),
            output_tokens=sum(c.output_tokens for c in done),
            depth=max(slowest, default=0),
            seconds=sum(c.seconds for c in done),
            critical_seconds=sum(slowest.values()),
        )
