"""A skeleton that is only drafted: refinement's first round writes all of its texts."""

import json
from itertools import chain, pairwise

import pytest
from pydantic import ValidationError
from stage_worlds import PAPERS_MIX, WEAK, Recorder, refused_examples, skeleton

from toolace_mt.calls.request import Request
from toolace_mt.config import InitializationConfig, RefinementConfig
from toolace_mt.refinement import refine
from toolace_mt.refinement.said import said_in
from toolace_mt.trajectory import Finding, Trajectory
from toolace_mt.verification.rules import check

DRAFTED = WEAK.model_copy(update={"skeleton": "drafted"})
FAST = RefinementConfig(
    injections=(2, 2),
    mix=PAPERS_MIX,
    injecting="together",
    round="at_once",
    context="turns",
    fill="together",
    selection="findings_only",
    passes=3,
    judge=False,
)


async def refined(number: int, generate: Recorder, config: RefinementConfig = FAST) -> Trajectory:
    return await refine(await skeleton(number, DRAFTED), generate, config, DRAFTED.writing, check)


def errors(trajectory: Trajectory) -> list[str]:
    return [found.message for found in check(trajectory) if found.severity == "error"]


async def test_a_draft_asks_for_the_plan_alone_and_says_what_written_texts_say() -> None:
    for number in range(8):
        generate = Recorder()
        drafted, written = await skeleton(number, DRAFTED, generate), await skeleton(number)
        assert generate.kinds() == ["task"]
        assert not errors(drafted)
        assert [turn.calls for turn in drafted.turns] == [turn.calls for turn in written.turns]
        for index, turn in enumerate(drafted.turns):
            if turn.content:
                told = set(map(str, said_in(written.turns, index).values.values()))
                assert set(map(str, said_in(drafted.turns, index).values.values())) >= told


async def test_the_first_round_writes_every_text_and_logs_the_injections_alone() -> None:
    for number in range(8):
        generate = Recorder()
        draft, after = await skeleton(number, DRAFTED), await refined(number, generate)
        assert generate.kinds() == ["inject", "fill"]
        subtasks = max(turn.subtask for turn in draft.turns) + 1
        assert generate.requests[1].max_tokens == FAST.sampling.max_tokens * subtasks
        assert not errors(after)
        assert 1 <= len(after.edits) <= 2
        assert all(edit.kind == turn.injection for edit in after.edits for turn in edit.after)
        texts = [turn for turn in after.turns if turn.content and turn.injection is None]
        assert all(turn.selected == 1 for turn in texts)
        drafted = {turn.content for turn in draft.turns if turn.content}
        assert not drafted & {turn.content for turn in texts}


async def test_the_first_round_writes_even_if_there_are_no_passes() -> None:
    generate = Recorder()
    config = FAST.model_copy(update={"injections": (0, 0), "passes": 0, "judge": True})
    after = await refined(1, generate, config)
    assert generate.kinds() == ["fill"]
    assert [turn.selected for turn in after.turns] == [bool(turn.content) for turn in after.turns]


async def test_calls_may_go_side_by_side_one_for_each_subtask() -> None:
    generate = Recorder()
    config = FAST.model_copy(update={"injections": (0, 0), "fill": "by_subtask"})
    after = await refined(2, generate, config)
    groups = [[int(index) for index in r.slot.split("-")] for r in generate.requests]
    assert len(groups) == len({turn.subtask for turn in after.turns}) > 1
    assert sorted(chain(*groups)) == [i for i, turn in enumerate(after.turns) if turn.content]
    for first, second in pairwise(groups):
        assert after.turns[first[-1]].subtask < after.turns[second[0]].subtask


async def test_every_example_can_be_written() -> None:
    generate = Recorder()
    for number in range(12):
        await refined(number, generate)
    assert len(generate.requests) > 20
    assert not [refused for r in generate.requests for refused in refused_examples(r)]


async def test_by_examples_alone_all_dialogues_share_what_stands_before_the_example() -> None:
    beginnings: dict[str, set[str]] = {}
    for number in range(8):
        generate, listed = Recorder(), Recorder()
        config = FAST.model_copy(update={"context": "examples", "fill": "by_subtask"})
        after = await refined(number, generate, config)
        await refined(number, listed, config.model_copy(update={"context": "turns"}))
        assert not errors(after)
        assert len(generate.requests) == len(listed.requests)
        for request in generate.requests:
            beginning, _, example = request.user.rpartition("\nExample:\n")
            beginnings.setdefault(request.kind, set()).add(f"{request.system}\n{beginning}")
            names = list((request.schema or {})["properties"])
            assert list(json.loads(example)) == names
            if request.kind == "fill":
                assert all(name.startswith(("user_", "assistant_")) for name in names)
            assert not list(refused_examples(request))
    assert {kind: len(found) for kind, found in beginnings.items()} == {"inject": 1, "fill": 1}


async def test_an_injection_that_came_first_is_not_written_again() -> None:
    config = FAST.model_copy(update={"round": "alternating"})
    for number in range(6):
        generate = Recorder()
        after = await refined(number, generate, config)
        assert generate.kinds() == ["inject", "fill"]
        assert not any(turn.selected for turn in after.turns if turn.injection)
        assert all(t.selected for t in after.turns if t.content and t.injection is None)


async def test_a_draft_whose_injection_came_to_nothing_is_written_in_the_next_round() -> None:
    generate = Recorder({"inject": lambda request: "nonsense"})
    after = await refined(1, generate)
    fills = [request for request in generate.requests if request.kind == "fill"]
    assert [request.round for request in fills] == [1, 2]
    assert all(turn.selected == bool(turn.content) for turn in after.turns)
    assert not any(edit.judgement.adopted for edit in after.edits)


async def test_texts_that_cannot_be_written_fail_the_dialogue() -> None:
    generate = Recorder({"fill": lambda request: "nonsense"})
    config = FAST.model_copy(update={"injecting": "in_turn"})
    after = await refined(1, generate, config)
    assert after.failure.startswith("texts: ")
    assert max(request.round for request in generate.requests) == 1


async def test_a_text_that_the_rules_refuse_stays_as_it_was_drafted() -> None:
    def answer(request: Request) -> dict[str, str] | None:
        if request.round > 1:
            return None
        names = request.schema["properties"]  # type: ignore[index]
        return {name: f"user: {'As I said, ' * 3}{_shown(request)[name]}" for name in names}

    generate = Recorder({"fill": answer})
    config = FAST.model_copy(update={"injections": (0, 0)})
    draft, after = await skeleton(1, DRAFTED), await refined(1, generate, config)
    assert not after.failure
    assert not errors(after)
    assert [t.content for t in after.turns] == [t.content for t in draft.turns]
    assert {edit.judgement.choice for edit in after.edits} == {"rules"}
    assert not any(edit.judgement.adopted for edit in after.edits)


def _shown(request: Request) -> dict[str, str]:
    last = request.user.splitlines()[-1]
    shown: dict[str, str] = json.loads(last[last.index("{") :])
    return shown


@pytest.mark.parametrize("setting", [{"values": "model"}, {"grounding": "free"}])
def test_only_texts_around_drawn_values_can_be_drafted(setting: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="drafted needs values: seeded"):
        InitializationConfig(**{**WEAK.model_dump(), "skeleton": "drafted", **setting})


async def test_texts_and_injections_of_a_round_are_checked_together() -> None:
    seen: list[Trajectory] = []

    def counted(trajectory: Trajectory) -> tuple[Finding, ...]:
        seen.append(trajectory)
        return check(trajectory)

    for number in range(4):
        seen.clear()
        draft = await skeleton(number, DRAFTED)
        after = await refine(draft, Recorder(), FAST, DRAFTED.writing, counted)
        assert after.edits
        assert all(edit.judgement.adopted for edit in after.edits)
        assert len(seen) == 1
