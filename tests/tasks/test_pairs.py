from dataclasses import replace

import pytest
from dialogues import GOOD

from toolace_mt.seeds import derive_random
from toolace_mt.tasks.pairs import pairs
from toolace_mt.tasks.spoil import PLANTERS, spoil
from toolace_mt.trajectory import Edit, Finding, Judgement, Turn
from toolace_mt.verification.rules import check


def learned(dialogue):
    return {i for i, turn in enumerate(dialogue.turns) if turn.role == "assistant"}


@pytest.mark.parametrize("kind", PLANTERS)
def test_every_error_has_a_place_somewhere_and_changes_one_turn(kind):
    found = []
    for made in GOOD.values():
        dialogue = made()
        for index in learned(dialogue):
            turn = dialogue.turns[index]
            spoiled = spoil(kind, turn, dialogue, derive_random("test", kind, index))
            if spoiled:
                assert spoiled.turn != turn
                assert spoiled.turn.role == "assistant"
                found.append(spoiled)
    assert found
    assert all(spoiled.kind == kind and spoiled.path and spoiled.change for spoiled in found)


@pytest.mark.parametrize("name", GOOD)
def test_the_right_side_has_no_finding_and_the_wrong_side_an_error(name):
    dialogue = GOOD[name]()
    made = list(pairs(dialogue, learned(dialogue)))
    before = check(dialogue)
    if any(finding.severity == "error" for finding in before):
        pytest.fail("the dialogue is no good")
    for pair in made:
        assert not [finding for finding in before if finding.turn == pair.turn]
        turns = list(dialogue.turns)
        turns[pair.turn] = pair.rejected
        errors = [f for f in check(replace(dialogue, turns=tuple(turns))) if f.severity == "error"]
        assert pair.rule in {finding.check for finding in errors}
        assert pair.why


def test_a_dialogue_with_an_error_gives_no_pair():
    dialogue = GOOD["flights"]()
    wrong = replace(dialogue.turns[3], content="It costs $777.77.")
    spoiled = replace(dialogue, turns=(*dialogue.turns[:3], wrong, *dialogue.turns[4:]))
    assert list(pairs(dialogue, learned(dialogue)))
    assert not list(pairs(spoiled, learned(spoiled)))
    assert not list(pairs(dialogue, set()))


WORSE = Turn("assistant", "Booked: BK-77129 for flight FL-3310.", subtask=1)
PLAIN = Turn("assistant", "Booked, BK-77120, flight FL-3310.", subtask=1)


def edited(lost: Turn, *later: Edit, choice: str = "rules", adopted: bool = False):
    dialogue = GOOD["flights"]()
    kept = dialogue.turns[7]
    before, after = ((lost,), (kept,)) if adopted else ((kept,), (lost,))
    edit = Edit(1, "refinement", (7,), before, after, Judgement(adopted, choice, "reads better"))
    return replace(dialogue, edits=(edit, *later))


def from_edits(dialogue):
    return [pair for pair in pairs(dialogue, learned(dialogue)) if pair.source == "edit"]


@pytest.mark.parametrize("adopted", [True, False])
def test_the_lost_side_of_an_edit_is_wrong_where_the_rules_say_so(adopted):
    (pair,) = from_edits(edited(WORSE, adopted=adopted))
    assert (pair.turn, pair.rejected, pair.rule) == (7, WORSE, "reply_origin")
    assert pair.path == "content"


def test_or_where_a_judge_has_preferred_what_stands_there():
    (pair,) = from_edits(edited(PLAIN, choice="old"))
    assert (pair.rejected, pair.rule, pair.why) == (PLAIN, "judge", "reads better")
    assert not from_edits(edited(PLAIN))
    assert not from_edits(edited(PLAIN, choice="undecided"))


def test_a_judge_in_another_context_does_not_count():
    dialogue = GOOD["flights"]()
    changed = Edit(
        *(2, "refinement", (4,), (Turn("user", "The cheap one for Maria Duarte."),)),
        *((dialogue.turns[4],), Judgement(True, "new")),
    )
    assert not from_edits(edited(PLAIN, changed, choice="old"))
    after = replace(changed, turns=(8,))
    assert from_edits(edited(PLAIN, after, choice="old"))
    assert from_edits(edited(WORSE, changed, choice="old"))  # the rules see it in any context


def test_turns_are_found_again_behind_an_injection():
    dialogue = GOOD["clarification"]()
    kept = dialogue.turns[5]
    lost = replace(kept, content="Your table for 6 is held; the reservation is R-5599.")
    first = Edit(0, "refinement", (3,), (lost,), (kept,), Judgement(True, "rules", "errors fewer"))
    asked = Edit(
        *(1, "clarification", (0,), (Turn("user", "A table at 19:30."),), dialogue.turns[:3]),
        Judgement(True, "rules"),
    )
    (pair,) = from_edits(replace(dialogue, edits=(first, asked)))
    assert (pair.turn, pair.rejected) == (5, lost)
    gone = replace(first, turns=(0,))
    assert not from_edits(replace(dialogue, edits=(gone, asked)))


def test_a_turn_with_a_mere_warning_gives_no_pair(monkeypatch):
    dialogue = GOOD["flights"]()
    assert {pair.turn for pair in pairs(dialogue, learned(dialogue))} == {1, 3, 5, 7}
    warning = Finding("reply_origin", "warning", "perhaps", 3)
    monkeypatch.setattr("toolace_mt.tasks.pairs.check", lambda t: (*check(t), warning))
    assert {pair.turn for pair in pairs(dialogue, learned(dialogue))} == {1, 5, 7}
