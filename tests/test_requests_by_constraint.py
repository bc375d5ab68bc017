"""Dialogues of the starter pool whose arguments follow from outputs, looked at as a whole."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from stage_worlds import POOL, Recorder, empty

from benchmarks.selection.checker import complaints, queries
from toolace_mt.config import ArgumentMix, load_config
from toolace_mt.dataset.rows import to_record
from toolace_mt.methods import METHODS, RunContext
from toolace_mt.run.arrow import from_row, to_row
from toolace_mt.schemas.paths import leaves
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import Trajectory

FAST = Path(__file__).parents[1] / "configs" / "fast.yaml"
COUNT = 40


async def made(number: int, *overrides: str) -> Trajectory:
    settings = ["engine=scripted", "verification.experts=[]", *overrides]
    context = RunContext(load_config(FAST, settings), POOL)
    dialogue = empty(number)
    for stage in METHODS["toolace_mt"].values():
        dialogue = await stage(dialogue, Recorder(), context)
    return dialogue


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dialogues() -> list[Trajectory]:
    return [await made(number) for number in range(COUNT)]


@pytest.fixture(scope="module")
def rows(dialogues: list[Trajectory]) -> list[dict[str, Any]]:
    return [to_record(dialogue) for dialogue in dialogues]


def told(dialogue: Trajectory) -> list[bool]:
    """Return of every argument value whether the user has said it before the call."""
    found = []
    for index, call, output in dialogue.calls():
        said = " ".join(t.content for t in dialogue.turns[:index] if t.role == "user").lower()
        for _, value in leaves(call.arguments):
            if output and not output.error:
                words = re.escape(spoken(value).lower())
                found.append(re.search(rf"(?<!\w){words}(?!\w)", said) is not None)
    return found


def test_every_dialogue_is_accepted(dialogues: list[Trajectory]) -> None:
    outcomes = {d.id: d.verdict.outcome for d in dialogues if d.verdict}
    assert set(outcomes.values()) == {"accepted"}, outcomes


def test_nearly_half_of_the_arguments_are_not_in_the_users_texts(
    dialogues: list[Trajectory],
) -> None:
    values = [value for dialogue in dialogues for value in told(dialogue)]
    assert values.count(False) / len(values) > 0.42


def test_the_checker_finds_one_answer_to_every_query(rows: list[dict[str, Any]]) -> None:
    assert sum(len(queries(row)) for row in rows) > 2 * COUNT
    assert [wrong for row in rows for wrong in complaints(row)] == []


def test_the_checker_sees_an_output_that_was_changed(rows: list[dict[str, Any]]) -> None:
    seen = 0
    for row in rows:
        spoilt = [json.loads(message) for message in row["messages"]]
        for message in spoilt:
            if message["role"] == "tool":
                message["content"] = re.sub(r"[1-9](?=\d)", "1", str(message["content"]))
        seen += bool(list(complaints(row | {"messages": list(map(json.dumps, spoilt))})))
    assert seen > COUNT / 4


def test_replies_say_what_was_chosen(dialogues: list[Trajectory]) -> None:
    for dialogue in dialogues:
        subtasks = {c.id: t.subtask for t in dialogue.turns for c in t.calls}
        for each in dialogue.derivations:
            own = [t for t in dialogue.turns if t.subtask == subtasks[each.call]]
            if each.selections:
                assert any(each.phrase in t.content for t in own if t.role == "assistant")


def test_lists_offer_something_to_choose_from(dialogues: list[Trajectory]) -> None:
    lists = [
        value
        for dialogue in dialogues
        for _, _, output in dialogue.calls()
        if output and isinstance(output.content, dict)
        for value in output.content.values()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    ]
    assert {len(rows) for rows in lists} == set(range(3, 9))


def test_what_is_read_twice_agrees(dialogues: list[Trajectory]) -> None:
    seen: dict[tuple[str, str, str], Any] = {}
    twice = 0
    for dialogue in dialogues:
        for _, call, output in dialogue.calls():
            for row in _flights(output.content if output else None):
                for name, value in row.items():
                    place = (dialogue.id, row["flight_id"], name)
                    twice += place in seen
                    assert seen.setdefault(place, value) == value, (place, call)
    assert dialogues


def _flights(content: Any) -> list[dict[str, Any]]:
    return content.get("flights", []) if isinstance(content, dict) else []


async def test_who_wants_everything_told_has_no_queries() -> None:
    names = list(ArgumentMix.model_fields)
    mix = [f"initialization.arguments.{name}={int(name == 'told')}" for name in names]
    dialogue = await made(3, *mix)
    assert not dialogue.derivations
    assert "signed in" not in dialogue.system
    assert all(told(dialogue)[:2])


def test_derivations_are_stored_and_shards_without_them_are_read(
    dialogues: list[Trajectory],
) -> None:
    dialogue = next(d for d in dialogues if d.derivations)
    row = to_row(dialogue)
    assert from_row(row) == dialogue
    del row["derivations"]
    assert from_row(row) == replace(dialogue, derivations=())
