"""A model-free H100 in virtual time: texts from the scripted engine, time from published figures.

Ten thousand dialogues take as long as this machine needs to write them, while the clock that all
latencies are measured with says what one H100 would have needed.

What is assumed, for Llama-3.1-8B (FP8) under continuous batching: a step of the engine takes

    4.6 ms + 0.019 ms for each running request + 0.025 ms for each prompt token not cached

NVIDIA's table for that model on one H100 (NIM LLM benchmarking 1.0.0, "Performance",
Llama-3.1-8b-instruct, version 1.8.0; its first tab, whose figures fit 200 tokens in, 200 out) has
inter-token latencies of 4.63, 5.91, 7.57, 9.81, 12.65 and 16.14 ms at 1, 50, 100, 150, 200 and 250
requests; the formula gives 4.6, 6.8, 9.0, 11.2, 13.4 and 15.6. The prompt's share is that of
the same page's Llama-3.3-70b table with 5,000 tokens in, 500 out (9,200 prompt tokens/s on two
H100), scaled by parameters and cards. Prefix caching finds whole blocks of 16 tokens of any
earlier prompt of the same dialogue, and of others that are open or among the last eight that were.
What two dialogues have had in common is in constant use, and stays. Tokens are characters / 4.
"""

import asyncio
import heapq
import itertools
import math
import selectors
from collections import defaultdict, deque
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import ScriptedConfig
from toolace_mt.engine.gauge import Gauge
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.trajectory import JsonObject

STEP = 0.0046  # seconds
STEP_PER_REQUEST = 0.000019
STEP_PER_PROMPT_TOKEN = 0.000025
BLOCK = 64  # characters: 16 tokens
KEPT = 8  # dialogues that are over, yet whose blocks are still there

# Drawn from a schema, a free text would be one word; written by a model it is a sentence or two.
_FREE = r"[A-Z][a-z ,]{60,180}\."
_FREE_FROM = 100  # characters that a string may have before it counts as free text

_Block = tuple[int, str]
"""A block of a prompt: the number of the block before it, and its characters."""
T = TypeVar("T")


class H100:
    """An `Engine` that lives on the event loop's clock; run it with `run_virtually`."""

    def __init__(self, config: ScriptedConfig, prefix_caching: bool = True) -> None:
        self._scripted = ScriptedEngine(config)
        self._caching = prefix_caching
        self._blocks: dict[_Block, int] = {}
        self._owner: dict[_Block, str] = {}  # of blocks that one dialogue alone has had
        self._own: dict[str, set[_Block]] = defaultdict(set)  # these, by dialogue
        self._over: deque[str] = deque()
        self._nodes = itertools.count(1)
        self._gauge = Gauge(config.max_num_seqs, clock=lambda: asyncio.get_running_loop().time())
        self._free = config.max_num_seqs
        self._queue: list[tuple[int, int, int, asyncio.Future[None], int]] = []
        self._running: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._step = 0
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    @property
    def model(self) -> str:
        """The scripted engine's name."""
        return self._scripted.model

    @property
    def max_num_seqs(self) -> int:
        """Requests running at once."""
        return self._scripted.max_num_seqs

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Answer after the time that the steps of the engine take."""
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        started = self._gauge.now()
        with self._gauge.request():
            written = await self._scripted.generate(
                replace(request, schema=request.schema and lengthened(request.schema))
            )
            prompt = f"{request.system}\n{request.user}"
            cached = self._cached(request.dialogue, prompt) // 4 if self._caching else 0
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            order = (priority, next(self._order))
            uncached = written.prompt_tokens - cached
            heapq.heappush(self._queue, (*order, uncached, done, written.output_tokens))
            self._arrived.set()
            await done
        seconds = self._gauge.now() - started
        return self._gauge.finished(replace(written, cached_tokens=cached, seconds=seconds))

    async def _work(self) -> None:
        while True:
            if not self._queue and not self._running:
                self._arrived.clear()
                await self._arrived.wait()
            prompt_tokens = self._admit()
            self._step += 1
            step = STEP + STEP_PER_REQUEST * len(self._running)
            await asyncio.sleep(step + STEP_PER_PROMPT_TOKEN * prompt_tokens)
            await self._decode(step)

    def _admit(self) -> int:
        prompt_tokens = 0
        while self._queue and self._free:
            _, order, uncached, done, output = heapq.heappop(self._queue)
            prompt_tokens += uncached
            heapq.heappush(self._running, (self._step + max(output, 1), order, done))
            self._free -= 1
        return prompt_tokens

    async def _decode(self, step: float) -> None:
        """End what is complete; as long as nobody can be admitted, many steps are one sleep."""
        self._end_complete()
        while self._running and not (self._queue and self._free):
            ahead = self._running[0][0] - self._step
            self._arrived.clear()
            began = self._gauge.now()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), ahead * step)
            elapsed = self._gauge.now() - began
            passed = min(ahead, math.ceil(elapsed / step - 1e-9))
            await asyncio.sleep(max(0.0, passed * step - elapsed))  # to the end of this step
            self._step += passed
            self._end_complete()
            step = STEP + STEP_PER_REQUEST * len(self._running)

    def _end_complete(self) -> None:
        while self._running and self._running[0][0] <= self._step:
            heapq.heappop(self._running)[2].set_result(None)
            self._free += 1

    def _cached(self, dialogue: str, prompt: str) -> int:
        """Return how many characters of the prompt earlier ones have filled whole blocks with."""
        node, found = 0, 0
        for start in range(0, len(prompt) - BLOCK, BLOCK):
            block = (node, prompt[start : start + BLOCK])
            if block not in self._blocks:
                self._blocks[block] = next(self._nodes)
                self._owner[block] = dialogue
                self._own[dialogue].add(block)
            else:
                found += BLOCK
                if self._owner.get(block, dialogue) != dialogue:
                    self._own[self._owner.pop(block)].remove(block)
            node = self._blocks[block]
        return found

    def forget(self, dialogue: str) -> None:
        """Say that a dialogue is over: blocks that only it has had are the next to be dropped."""
        self._over.append(dialogue)
        if len(self._over) > KEPT:
            for block in self._own.pop(self._over.popleft(), ()):
                del self._owner[block], self._blocks[block]

    def describe(self) -> dict[str, Any]:
        """Return what the clock assumes."""
        return {
            "engine": "H100 in virtual time",
            "max_num_seqs": self.max_num_seqs,
            "prefix_caching": self._caching,
            "step_ms": 1e3 * STEP,
            "step_ms_per_request": 1e3 * STEP_PER_REQUEST,
            "step_ms_per_prompt_token": 1e3 * STEP_PER_PROMPT_TOKEN,
        }

    def stats(self) -> dict[str, float]:
        """Return the counters, in virtual seconds."""
        return self._gauge.stats()

    def stalled(self) -> float:
        """Return 0: it never stalls."""
        return 0.0

    async def close(self) -> None:
        """Stop the clock's worker."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)


def lengthened(schema: Any) -> Any:
    """Return the schema with its free texts as long as a model writes them."""
    if isinstance(schema, list):
        return [lengthened(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "string" and schema.get("maxLength", 0) >= _FREE_FROM:
        text: JsonObject = {"type": "string", "pattern": _FREE}
        return text
    return {key: lengthened(inner) for key, inner in schema.items()}


class _Warp(selectors.DefaultSelector):
    """A selector that moves the clock instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("every coroutine waits for another")
        self.now += timeout
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._warp = _Warp()
        super().__init__(self._warp)

    def time(self) -> float:
        return self._warp.now


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a clock that jumps over every wait."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main)
