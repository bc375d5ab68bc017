"""A dialogue on its way through the rounds: the ledger's entries and what is said of errors."""

from toolace_mt.refinement.draft import edit_of, named
from toolace_mt.trajectory import Edit, Finding, Judgement, Trajectory, Turn


def test_an_entry_of_the_ledger_has_the_turns_before_and_after() -> None:
    turns = (Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c"))
    new = {0: Turn("user", "x"), 2: Turn("user", "z")}
    judgement = Judgement(True, "new")
    edit = edit_of(Trajectory("d", 1, turns=turns), new, 4, judgement)
    after = (Turn("user", "x"), Turn("user", "z"))
    assert edit == Edit(4, "refinement", (0, 2), (turns[0], turns[2]), after, judgement)


def test_errors_are_named_in_a_line_of_at_most_300_characters() -> None:
    found = [Finding("one", "error", "is wrong"), Finding("two", "error", "is not right")]
    assert named(found) == "one: is wrong; two: is not right"
    assert len(named(found * 20)) == 300
