"""Which fills of a round are refused, and how often the rules look."""

from collections.abc import Callable, Iterable

from stage_worlds import Recorder, skeleton

from toolace_mt.config import InitializationConfig, RefinementConfig
from toolace_mt.refinement import refine
from toolace_mt.refinement.draft import Draft
from toolace_mt.trajectory import Finding, Trajectory

TEXTS = InitializationConfig(subtasks=(2, 3), steps=(1, 2), values="seeded")
ONE_ROUND = RefinementConfig(injections=(0, 0), passes=1, masks=3, judge=False)
NEW = "Filled in differently"


class Rules:
    """Rules made of a function from the turns that are filled to those in which errors stand."""

    def __init__(self, faulty: Callable[[list[int]], Iterable[int]]) -> None:
        self.faulty = faulty
        self.asked: list[list[int]] = []

    def __call__(self, trajectory: Trajectory) -> tuple[Finding, ...]:
        filled = [i for i, turn in enumerate(trajectory.turns) if turn.content.startswith(NEW)]
        self.asked.append(filled)
        return tuple(Finding("sore", "error", f"at {i}", i) for i in self.faulty(filled))


async def after_a_round(rules: Rules, config: RefinementConfig = ONE_ROUND) -> Trajectory:
    start = await skeleton(3, TEXTS)
    fills = Recorder({"fill": lambda r: dict.fromkeys(r.schema["properties"], f"{NEW}.")})  # type: ignore[index]
    return await refine(start, fills, config, TEXTS.writing, rules)


def outcome(after: Trajectory) -> dict[tuple[int, ...], str]:
    return {edit.turns: edit.judgement.reason for edit in after.edits}


def masked(after: Trajectory) -> list[int]:
    return [i for i, turn in enumerate(after.turns) if turn.selected]


async def test_where_the_rules_find_nothing_they_look_once() -> None:
    rules = Rules(lambda filled: ())
    judged = ONE_ROUND.model_copy(update={"judge": True})
    assert rules.asked == [masked(await after_a_round(rules, judged))]


async def test_a_fill_in_which_an_error_stands_is_refused_without_looking_at_each() -> None:
    rules = Rules(lambda filled: filled[1:2] if len(filled) == 3 else ())
    after = await after_a_round(rules)
    first, second, third = masked(after)
    assert rules.asked == [[first, second, third], [], [first, third]]
    assert outcome(after) == {(second,): f"sore: at {second}", (first, third): ""}
    assert [t.content.startswith(NEW) for t in after.turns] == [
        i in (first, third) for i in range(len(after.turns))
    ]


async def test_where_an_error_stands_elsewhere_each_fill_is_looked_at_alone() -> None:
    rules = Rules(lambda filled: [1] if max(filled, default=0) > 4 else ())
    after = await after_a_round(rules)
    first, second, third = masked(after)
    assert first <= 4 < second
    assert rules.asked[2:5] == [[first], [second], [third]]
    assert outcome(after) == {(second,): "sore: at 1", (third,): "sore: at 1", (first,): ""}


async def test_fills_that_are_only_wrong_together_are_refused_together() -> None:
    rules = Rules(lambda filled: [len(filled) + 100] if len(filled) > 1 else ())
    after = await after_a_round(rules)
    assert outcome(after) == {tuple(masked(after)): "sore: at 103"}
    assert not any(turn.content.startswith(NEW) for turn in after.turns)


async def test_an_error_that_stood_there_before_blames_nobody() -> None:
    """Of two errors of one rule, the fill is refused that stands where none was before."""
    first, _, third = masked(await after_a_round(Rules(lambda filled: ())))
    rules = Rules(lambda filled: [third, first] if first in filled else [third])
    after = await after_a_round(rules)
    assert [edit.turns for edit in after.edits if not edit.judgement.adopted] == [(first,)]


async def test_a_drafts_errors_are_looked_for_when_another_has_some() -> None:
    looked: list[str] = []

    def draft(name: str, *checks: str) -> Draft:
        def look() -> tuple[Finding, ...]:
            looked.append(name)
            return tuple(Finding(check, "error", "") for check in checks)

        return Draft(Trajectory("d", 0), look)

    assert draft("one", "a").added_by(draft("clean")) == []
    assert looked == ["clean"]
    added = draft("one", "a").added_by(draft("other", "a", "a", "b"))
    assert [finding.check for finding in added] == ["a", "b"]
