import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.config import RunConfig, validate_config
from toolace_mt.errors import ConfigError
from toolace_mt.run.shards import Tokens
from toolace_mt.run.waves import first_wave, next_wave


def config(**more: object) -> RunConfig:
    return validate_config({"run_dir": "r", "engine": {"kind": "scripted"}, **more}, "test")


@given(st.integers(1, 3000), st.floats(0.4, 1), st.integers(1, 400))
def test_waves_reach_the_goal_and_plan_little_more_than_it_takes(
    accepted: int, rate: float, shard: int
) -> None:
    asked = config(accepted=accepted, shard_size=shard)
    planned, waves = first_wave(asked), 1
    while more := next_wave(asked, planned, int(planned * rate), Tokens()):
        planned, waves = planned + more, waves + 1
    assert int(planned * rate) >= accepted
    assert planned <= 1.1 * accepted / rate + 2 * waves
    assert waves <= 6


def test_without_a_budget_four_times_as_many_are_planned_at_most() -> None:
    asked = config(accepted=50)
    planned = first_wave(asked)
    while more := next_wave(asked, planned, 0, Tokens()):
        planned += more
    assert planned == 200
    assert next_wave(config(accepted=50, budget={"dialogues": 70}), 50, 10, Tokens()) == 20


@pytest.mark.parametrize(("name", "spent"), [("calls", 10), ("tokens", 130)])
def test_a_wave_stays_within_what_calls_and_tokens_cost_so_far(name: str, spent: int) -> None:
    asked = config(accepted=100, shard_size=20, budget={name: 60 * spent})
    assert first_wave(asked) == 20
    paid = Tokens(calls=200, prompt=2000, output=600)
    assert next_wave(asked, 20, 10, paid) == 40
    assert next_wave(asked, 60, 30, Tokens(600, 6000, 0, 1800)) == 0


def test_a_number_of_dialogues_and_one_of_accepted_ones_exclude_each_other() -> None:
    assert config().dialogues == 8
    assert config(accepted=3).dialogues is None
    assert config(accepted=3, dialogues=None).accepted == 3
    saved = config(accepted=3).model_dump(mode="json")
    assert validate_config(saved, "saved") == config(accepted=3)
    with pytest.raises(ConfigError, match=r"dialogues: 5 .* accepted: 3 .*leave one of them out"):
        config(dialogues=5, accepted=3)
    with pytest.raises(ConfigError, match=r"budget: is for a run with `accepted`"):
        config(dialogues=5, budget={"calls": 9})
