"""An engine of one's own, added as CONTRIBUTING.md says: its settings, its class, two entries."""

import asyncio
import json
from typing import Any, ClassVar, Literal, Self

import pytest
from export_examples import settings

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import EngineSection
from toolace_mt.config.engines import ENGINES, Placement
from toolace_mt.config.help import settings_help
from toolace_mt.engine import base
from toolace_mt.errors import ConfigError
from toolace_mt.methods import METHODS, RunContext
from toolace_mt.run.plan import Shard, deciding_settings, empty_dialogues
from toolace_mt.schemas.draw import draw
from toolace_mt.seeds import derive_random
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Trajectory


class ToyConfig(EngineSection):
    """An engine that rolls dice."""

    decides: ClassVar[frozenset[str]] = frozenset({"kind", "model", "sides"})

    kind: Literal["toy"]
    model: str = "dice"
    sides: int = 6
    dice: int = 2

    def placement(self) -> Placement:
        """Return an engine for each of the dice, all in one process."""
        return Placement(self.dice, per_process=self.dice)


class ToyEngine:
    """Answers what a schema admits, drawn by the number of a die."""

    def __init__(self, config: ToyConfig, index: int) -> None:
        self.model = config.model
        self.max_num_seqs = config.sides
        self.index = index

    @classmethod
    def start(cls, config: ToyConfig, index: int) -> Self:
        return cls(config, index)

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        await asyncio.sleep(0)
        rng = derive_random(request.seed, request.dialogue, request.slot, request.attempt)
        return Completion(json.dumps(draw(request.schema or {"type": "string"}, rng)), "stop")

    def describe(self) -> dict[str, Any]:
        return {"die": self.index}

    def stats(self) -> dict[str, float]:
        return {}

    def stalled(self) -> float:
        return 0.0

    async def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "toy", ToyConfig)
    monkeypatch.setitem(base.ENGINES, "toy", f"{__name__}:ToyEngine")


async def test_it_makes_dialogues(tmp_path) -> None:
    grounded = {"grounding": "constrained", "values": "seeded"}
    config = settings(tmp_path, 2, engine={"kind": "toy"}, initialization=grounded)
    engine = base.start_engine(config.engine, 1)
    assert engine.describe() == {"die": 1}
    context = RunContext(config, load_pool(config.tools.source))

    async def make(dialogue: Trajectory) -> Trajectory:
        for stage in METHODS[config.method].values():
            dialogue = await stage(dialogue, engine.generate, context)
        return dialogue

    made = await asyncio.gather(*map(make, empty_dialogues(0, Shard(0, 0, 2))))
    assert [dialogue.failure for dialogue in made] == ["", ""]
    assert all(dialogue.verdict and len(dialogue.turns) > 4 for dialogue in made)


def test_its_settings_are_checked_listed_and_decide_what_they_say(tmp_path) -> None:
    config = settings(tmp_path, 2, engine={"kind": "toy", "sides": 8})
    assert config.engine.placement() == Placement(2, 2)
    assert type(config).model_validate(config.model_dump(mode="json")) == config
    found = {n for n in deciding_settings(config) if n.startswith("engine.")}
    assert found == {"engine.kind", "engine.model", "engine.sides"}
    with pytest.raises(ConfigError, match=r"engine\.colour: unknown setting"):
        settings(tmp_path, 2, engine={"kind": "toy", "colour": "red"})
    with pytest.raises(ConfigError, match="one of vllm, scripted, openai, batch, toy, got 'die'"):
        settings(tmp_path, 2, engine={"kind": "die"})
    listed = settings_help()
    assert "engine (kind: toy): An engine that rolls dice.\n" in listed
    assert "  engine.sides=6\n" in listed


def test_it_needs_no_variables_but_may_say_some(monkeypatch: pytest.MonkeyPatch) -> None:
    config = ToyConfig(kind="toy")
    assert base.process_environment(config) == {}
    variables = staticmethod(lambda config: {"SIDES": str(config.sides)})
    monkeypatch.setattr(ToyEngine, "environment", variables, raising=False)
    assert base.process_environment(config) == {"SIDES": "6"}
