"""A model for each role: which engine answers what, and what is wrong in a line."""

from typing import Any, get_args

import pytest

from toolace_mt.config import RunConfig, validate_config
from toolace_mt.config.run import STAGES
from toolace_mt.config.stages import Expert
from toolace_mt.errors import ConfigError
from toolace_mt.run.costs import RoleCost, cost_lines
from toolace_mt.run.plan import deciding_settings
from toolace_mt.run.shards import Tokens

BIG = {"big": {"kind": "openai", "model": "b", "url": "http://h/v1"}}


def config(**more: Any) -> RunConfig:
    plain = {"run_dir": "r", "engine": {"kind": "scripted"}, **more}
    return validate_config(plain, "test")


@pytest.mark.parametrize(
    ("role", "stage", "kind"),
    [
        ("plan", "initialization", "task"),
        ("values", "initialization", "skeleton"),
        ("texts", "initialization", "texts"),
        ("texts", "refinement", "inject"),
        ("texts", "refinement", "fill"),
        ("judge", "refinement", "judge"),
        *[("experts", "verification", expert) for expert in get_args(Expert)],
        ("user", "simulation", "user"),
        ("assistant", "simulation", "assistant"),
        ("tool", "simulation", "tool"),
    ],
)
def test_a_role_makes_these_requests(role: str, stage: str, kind: str) -> None:
    assert stage in {name for stages in STAGES.values() for name in stages}
    one = config(engines=BIG, roles={role: "big"})
    assert one.engine_for(stage, kind) == "big"
    other = "judge" if role != "judge" else "plan"
    assert config(engines=BIG, roles={other: "big"}).engine_for(stage, kind) == "engine"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"roles": {"experts": "big"}}, "no engine is called 'big'; there are engine"),
        ({"engines": BIG}, "engines.big: plays no role"),
        ({"engines": BIG, "roles": {"critic": "big"}}, "roles.critic"),
        ({"engines": {"b.c": BIG["big"]}, "roles": {"plan": "b.c"}}, "take another name"),
        ({"engines": {"engine": BIG["big"]}, "roles": {"plan": "engine"}}, "take another name"),
        ({"engines": {"big": {"kind": "huge"}}, "roles": {"plan": "big"}}, "engines.big: `kind`"),
        (
            {
                "engines": {"big": {"kind": "batch", "model": "b", "url": "http://h/v1"}},
                "roles": {"plan": "big"},
            },
            "either all of kind batch or none",
        ),
    ],
)
def test_what_is_wrong_is_told_in_a_line(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config(**more)
    assert words in raised.value.message
    assert "\n" not in raised.value.message


def test_runs_from_before_there_were_roles_continue() -> None:
    assert not [name for name in deciding_settings(config()) if name.startswith(("engines", "ro"))]
    settings = deciding_settings(config(engines=BIG, roles={"experts": "big"}))
    assert settings["roles.experts"] == "big"
    assert settings["engines.big.model"] == "b"
    assert "engines.big.urls" not in settings


def test_cached_tokens_have_a_price_of_their_own() -> None:
    engine = {"kind": "scripted", "price": {"input": 4, "cached": 1, "output": 10}}
    price = config(engine=engine).engine.price
    assert price is not None
    assert price.of(3_000_000, 1_000_000, 500_000) == 4 * 2 + 1 + 5
    costs = [RoleCost("texts", "m", Tokens(2, 3_000_000, 1_000_000, 500_000), 14.0)]
    first, second = cost_lines(costs, 7)
    assert first == "cost: 14.00, 2 for each accepted dialogue"
    assert second.startswith("  texts (m): 2 calls, 3,000,000 prompt tokens (33% cached)")
