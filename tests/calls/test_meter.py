"""What a dialogue costs: sums over all calls, and the chain of calls that had to wait."""

import asyncio

from toolace_mt.calls.meter import Meter
from toolace_mt.calls.request import Completion, Request


async def generate(request: Request) -> Completion:
    """Answer after as many turns of the loop as the slot says, with the round as latency."""
    for _ in range(int(request.slot)):
        await asyncio.sleep(0)
    return Completion("{}", "stop", 100, 40, 7, seconds=float(request.round))


def call(seconds: int, steps: int = 1) -> Request:
    return Request("d", "refinement", "fill", seconds, str(steps), "system", "user")


async def test_all_that_was_paid_is_summed() -> None:
    meter = Meter(generate, "refinement")
    for seconds in (1, 2, 4):
        completion = await meter(call(seconds))
        assert completion.seconds == seconds
    usage = meter.usage()
    assert (usage.stage, usage.calls) == ("refinement", 3)
    assert (usage.prompt_tokens, usage.cached_tokens, usage.output_tokens) == (300, 120, 21)
    assert usage.seconds == 7


async def test_calls_of_less_than_a_second_are_not_rounded_up() -> None:
    async def quick(request: Request) -> Completion:
        await asyncio.sleep(0)
        return Completion("{}", "stop", seconds=request.round / 8)

    meter = Meter(quick, "refinement")
    await asyncio.gather(meter(call(1)), meter(call(3)))
    assert meter.usage().critical_seconds == 3 / 8


async def test_nothing_asked_costs_nothing() -> None:
    usage = Meter(generate, "refinement").usage()
    assert (usage.calls, usage.depth, usage.seconds, usage.critical_seconds) == (0, 0, 0.0, 0.0)


async def test_calls_in_a_row_all_wait_for_one_another() -> None:
    meter = Meter(generate, "refinement")
    for seconds in (1, 2, 4):
        await meter(call(seconds))
    usage = meter.usage()
    assert (usage.depth, usage.critical_seconds) == (3, 7)


async def test_of_calls_side_by_side_only_the_slowest_is_waited_for() -> None:
    meter = Meter(generate, "refinement")
    await asyncio.gather(*(meter(call(seconds)) for seconds in (1, 8, 2)))
    usage = meter.usage()
    assert (usage.depth, usage.seconds, usage.critical_seconds) == (1, 11, 8)


async def test_branches_of_several_calls_count_by_depth() -> None:
    async def branch(*latencies: int) -> None:
        for seconds in latencies:
            await meter(call(seconds))

    meter = Meter(generate, "refinement")
    await meter(call(1))
    await asyncio.gather(branch(2, 4), branch(16), branch(8, 1, 1))
    await meter(call(32))
    usage = meter.usage()
    # depth 1: 1; depth 2: 2, 16, 8; depth 3: 4, 1; depth 4: 1; depth 5: 32
    assert usage.depth == 5
    assert usage.critical_seconds == 1 + 16 + 4 + 1 + 32
    assert usage.seconds == 1 + (2 + 4) + 16 + (8 + 1 + 1) + 32


async def test_branches_inside_branches_begin_after_what_has_ended() -> None:
    async def inner() -> None:
        await asyncio.gather(meter(call(2)), meter(call(4)))

    meter = Meter(generate, "refinement")
    await meter(call(1))
    await asyncio.gather(inner(), inner())
    await meter(call(8))
    usage = meter.usage()
    assert (usage.depth, usage.critical_seconds) == (3, 1 + 4 + 8)


async def test_depth_does_not_depend_on_who_answers_first() -> None:
    async def branch(steps: int, *latencies: int) -> None:
        for seconds in latencies:
            await meter(call(seconds, steps))

    found = set()
    for quick, slow in ((1, 9), (9, 1)):
        meter = Meter(generate, "refinement")
        await asyncio.gather(branch(quick, 1, 1, 1), branch(slow, 5, 5))
        await meter(call(1))
        found.add((meter.usage().depth, meter.usage().critical_seconds))
    assert found == {(4, 5 + 5 + 1 + 1)}
