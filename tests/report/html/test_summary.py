from collections.abc import Iterable

from report_pages import row

from toolace_mt.report.html.entries import _entry
from toolace_mt.report.html.summary import Summary
from toolace_mt.trajectory import JsonObject


def summarize(entries: Iterable[JsonObject]) -> Summary:
    summary = Summary()
    for entry in entries:
        summary.add(entry)
    return summary


def test_everything_is_counted_once_per_dialogue() -> None:
    twice = {"check": "schema", "severity": "error", "side": "assistant", "turn": 1, "message": ""}
    rows = [row(0), row(1, outcome="rejected", findings=[twice, twice], injections=[])]
    figures = summarize(_entry(each, each["id"]) for each in rows).figures()
    assert figures["outcomes"] == {"accepted": 1, "rejected": 1}
    assert figures["findings"] == [["schema", "error", "assistant", 1]]
    assert dict(figures["by"]["injection"]) == {"non_fc": {"accepted": 1}, "none": {"rejected": 1}}
    assert figures["ways"] == [["told", 2]]
    assert figures["usage"]["refinement"]["prompt_tokens"] == 20
    assert figures["shape"]["turns"] == [(4, 2)]
    assert figures["tools"]["most"] == [("get_weather", 2)]
    assert figures["tools"]["never"] == []


def test_variety_is_of_accepted_texts_alone() -> None:
    rejected = row(1, outcome="rejected")
    figures = summarize([_entry(row(0), "a"), _entry(rejected, "b")]).figures()
    assert figures["variety"]["words"] == len(
        ["weather", "in", "oslo", "please", "number", "0", "it", "is", "x", "in", "oslo"]
    )


def test_a_tool_that_is_shown_and_never_called_is_named() -> None:
    shown = row(0, tools=[{"name": "get_weather"}, {"name": "book_hotel"}])
    assert summarize([_entry(shown, "a")]).figures()["tools"]["never"] == ["book_hotel"]
