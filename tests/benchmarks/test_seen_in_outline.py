from dataclasses import replace

from benchmarks.detection import seen_in_outline
from benchmarks.detection.detection import DEFECTS
from benchmarks.detection.planted_defects import hand_written
from benchmarks.detection.seen_in_outline import Missed, measure, report


def test_what_the_rules_miss_is_counted_by_whether_it_still_shows(monkeypatch) -> None:
    told = {"said otherwise": lambda t, _: _changed(t, "Hm."), "nothing": lambda _, __: None}
    hidden = {"id": lambda t, _: replace(t, turns=(*t.turns, replace(t.turns[-1], selected=9)))}
    monkeypatch.setattr(seen_in_outline, "HALVED", frozenset())
    for group in list(DEFECTS):
        monkeypatch.delitem(DEFECTS, group)
    monkeypatch.setitem(DEFECTS, "told", told)
    monkeypatch.setitem(DEFECTS, "hidden", hidden)
    monkeypatch.setattr(seen_in_outline, "outline", lambda t: {turn.content for turn in t.turns})
    monkeypatch.setattr(seen_in_outline, "check", lambda _: ())
    found = measure(hand_written(), 1, seed=0)
    assert found["told"] == {"said otherwise": Missed(7, 7, 7), "nothing": Missed()}
    assert found["hidden"] == {"id": Missed(7, 7, 0)}
    lines = report(found).splitlines()
    assert [line.split("|")[1:4] for line in lines if line.startswith("| **all**")] == [
        [" **all** ", " 14 ", " 14 "]
    ]
    assert [line for line in lines if line.startswith("| id |")]
    assert not [line for line in lines if line.startswith("| said otherwise |")]


def _changed(trajectory, text):
    return replace(
        trajectory,
        turns=(*trajectory.turns[:-1], replace(trajectory.turns[-1], content=text)),
    )
