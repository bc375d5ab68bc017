"""Live dialogues end to end: every stage, with the scripted engine and environments of our own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from stage_worlds import Recorder, empty

from toolace_mt.config import RunConfig, load_config
from toolace_mt.errors import ConfigError
from toolace_mt.methods import METHODS, RunContext, context_of
from toolace_mt.report.show import load_dialogue, show
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Trajectory, Turn

CONFIG = Path(__file__).parents[1] / "configs" / "quickstart_live.yaml"
STAGES = METHODS["toolace_mt"]
_ERRORS = "refinement.mix={error_simulation: 1, clarification: 0, tool_awareness: 0, non_fc: 0}"


@pytest.fixture(scope="module")
def context() -> RunContext:
    return context_with()


def context_with(*overrides: str) -> RunContext:
    config = load_config(CONFIG, ["verification.experts=[]", *overrides])
    return context_of(config, load_pool(config.tools.sources))


async def made(number: int, context: RunContext) -> Trajectory:
    dialogue = empty(number)
    for stage in STAGES.values():
        dialogue = await stage(dialogue, Recorder(), context)
    return dialogue


async def test_all_outputs_are_real_and_nearly_all_dialogues_accepted(context: RunContext) -> None:
    dialogues = [await made(number, context) for number in range(40)]
    assert not [dialogue.failure for dialogue in dialogues if dialogue.failure]
    outputs = [o for d in dialogues for _, _, o in d.calls()]
    assert {output.status for output in outputs if output} == {"executed"}
    accepted = [d for d in dialogues if d.verdict and d.verdict.outcome == "accepted"]
    assert len(accepted) >= 38
    origins = [origin.kind for dialogue in dialogues for origin in dialogue.origins]
    assert origins.count("output") > 0.3 * len(origins)


async def test_a_dialogue_made_again_is_the_same(context: RunContext) -> None:
    assert await made(3, context) == await made(3, context)


async def test_simulated_errors_are_what_the_tool_says(context: RunContext) -> None:
    context = context_with("refinement.injections=[1,1]", _ERRORS)
    errors = [
        output.content["error"]
        for number in range(12)
        for _, _, output in (await made(number, context)).calls()
        if output and output.error
    ]
    assert len(errors) > 6
    assert any("not found" in error for error in errors)
    assert not any("in time" in error or "busy" in error for error in errors)


async def test_a_recorded_output_that_the_tool_contradicts_is_a_finding(
    context: RunContext,
) -> None:
    dialogue = await made(1, context)
    index = next(i for i, turn in enumerate(dialogue.turns) if turn.outputs)
    forged = replace(dialogue.turns[index].outputs[0], content={"order_status": "stolen"})
    turns: tuple[Turn, ...] = (
        *dialogue.turns[:index],
        replace(dialogue.turns[index], outputs=(forged,)),
        *dialogue.turns[index + 1 :],
    )
    again = await STAGES["verification"](replace(dialogue, turns=turns), Recorder(), context)
    assert again.verdict
    assert again.verdict.outcome == "rejected"
    assert "replay" in [finding.check for finding in again.verdict.findings]


@pytest.mark.parametrize("skeleton", ["in_turn", "together"])
async def test_calls_that_a_model_writes_are_made_before_texts_are_written(
    skeleton: str,
) -> None:
    context = context_with(
        *("initialization.values=model", "initialization.grounding=free"),
        *(f"initialization.skeleton={skeleton}", "initialization.plan=model"),
    )
    recorder = Recorder()
    dialogue = await STAGES["initialization"](empty(0), recorder, context)
    assert not dialogue.failure
    assert {o.status for _, _, o in dialogue.calls() if o} == {"executed"}
    kinds = recorder.kinds()
    assert kinds.index("steps") < kinds.index("texts")


async def test_refinement_makes_the_calls_again_that_it_changes() -> None:
    context = context_with(
        *("initialization.values=model", "initialization.grounding=free"),
        *("initialization.skeleton=in_turn", "refinement.selection=uniform"),
        *("refinement.judge=true", "refinement.injections=[0,0]"),
    )
    for number in range(6):
        begun = await STAGES["initialization"](empty(number), Recorder(), context)
        refined = await STAGES["refinement"](begun, Recorder(), context)
        checked = await STAGES["verification"](refined, Recorder(), context)
        assert checked.verdict
        assert "replay" not in [finding.check for finding in checked.verdict.findings]


@pytest.mark.usefixtures("ray_session")
def test_a_run_on_ray(make_config: Callable[..., RunConfig], console: Console) -> None:
    from toolace_mt.distributed.driver import run

    settings = load_config(CONFIG, ["verification.experts=[]"]).model_dump(mode="json")
    kept = {name: settings[name] for name in ("tools", "initialization", "refinement")}
    config = make_config(dialogues=6, shard_size=3, **kept)
    status = run(config, console=console)
    assert status.outcomes["accepted"] >= 5
    console.print(show(load_dialogue(Path(config.run_dir))))
    assert "(executed): {" in console.export_text()


def test_live_without_a_tool_that_can_be_called(
    make_config: Callable[..., RunConfig], console: Console
) -> None:
    from toolace_mt.run.directory import RunDir
    from toolace_mt.run.prepare import prepare

    config = make_config(tools={"source": "starter", "live": {}})
    with pytest.raises(ConfigError, match="none of the tools can be called"):
        prepare(RunDir(Path(config.run_dir)), config, console)


def test_the_baseline_simulates_its_tools() -> None:
    with pytest.raises(ConfigError, match="live"):
        load_config(CONFIG, ["method=simulation"])
