from dataclasses import replace

import pytest

from toolace_mt.calls.ask import Unreadable, Unusable, send
from toolace_mt.calls.request import Completion, Request

REQUEST = Request("d", "refinement", "judge", 1, "0", "system", "user", seed=7, temperature=0.2)


def picky(text: str) -> str:
    if text != "fine":
        raise Unreadable(f"not fine: {text}")
    return text


class Answers:
    def __init__(self, *completions: Completion) -> None:
        self.completions = list(completions)
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Completion:
        self.asked.append(request)
        return self.completions[len(self.asked) - 1]


async def test_the_first_answer_that_can_be_read_counts() -> None:
    bad, cut = Completion("bad", "stop"), Completion("half", "length")
    generate = Answers(bad, cut, Completion("fine", "stop"), bad)
    assert await send(generate, REQUEST, picky, 4) == "fine"
    assert [request.attempt for request in generate.asked] == [0, 1, 2]
    assert len({request.seed for request in generate.asked}) == 3


@pytest.mark.parametrize(
    ("cold", "expected"),
    [(0.2, [0.2, 0.5, 0.8, 1.0]), (0.0, [0.0, 0.3, 0.6, 0.9]), (1.4, [1.4] * 4)],
)
async def test_every_attempt_is_warmer_but_not_hot(cold: float, expected: list[float]) -> None:
    generate = Answers(*[Completion("bad", "stop")] * 4)
    found = await send(generate, replace(REQUEST, temperature=cold), picky, 4)
    assert found == Unusable("judge: not fine: bad")
    assert [request.temperature for request in generate.asked] == pytest.approx(expected)


@pytest.mark.parametrize("finish", ["too_long", "refused"])
async def test_what_fails_in_the_same_way_every_time_is_not_asked_again(finish: str) -> None:
    generate = Answers(Completion("why", finish))  # type: ignore[arg-type]
    assert await send(generate, REQUEST, picky, 4) == Unusable(f"judge: {finish}: why")
    assert len(generate.asked) == 1
