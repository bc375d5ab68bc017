import json

from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.distributed.samples import MOST, Samples
from toolace_mt.run.shards import Tokens


def paid(calls: int) -> Tokens:
    return Tokens(calls, prompt=10 * calls, cached=5 * calls, output=3 * calls)


def test_a_sample_has_means_and_rates_of_its_interval() -> None:
    samples = Samples(None, 100.0, paid(7))
    samples.tick(100.5, paid(9), 2, 8)
    samples.tick(102.0, paid(11), 6, 8)
    (made,) = samples.plain()
    assert made | {"time": 0} == {
        **{"time": 0, "seconds": 2.0, "busy": 4.0, "slots": 8.0},
        **{"calls": 2.0, "output": 6.0, "cached": 0.5},
    }


def test_nothing_is_made_of_nothing() -> None:
    samples = Samples(None, 0.0, paid(0))
    samples.close(5.0, paid(3))
    assert samples.plain() == []


@given(st.lists(st.integers(0, 9), min_size=1, max_size=1200))
def test_samples_stay_few_and_lose_no_call(calls: list[int]) -> None:
    samples, total = Samples(None, 0.0, paid(0)), 0
    for second, made in enumerate(calls, 1):
        total += made
        samples.tick(float(second), paid(total), 1, 2)
    samples.close(len(calls) + 0.5, paid(total))
    kept = samples.plain()
    assert len(kept) <= MOST
    told = sum(each["calls"] * each["seconds"] for each in kept)
    assert abs(told - total) < 0.01 * len(calls)
    assert {(each["busy"], each["slots"]) for each in kept} == {(1.0, 2.0)}


def test_a_continued_run_keeps_what_was_sampled_before() -> None:
    first = Samples(None, 0.0, paid(0))
    first.tick(1.0, paid(4), 1, 2)
    saved = json.loads(json.dumps(first.plain()))
    second = Samples([*saved, {"time": "odd"}, 3], 50.0, paid(4))
    second.tick(51.0, paid(5), 2, 2)
    before, after = second.plain()
    assert before == saved[0]
    assert (after["calls"], after["busy"]) == (1.0, 2.0)
