"""What is written of speed is what was last measured."""

import pytest

from benchmarks.methods.tables import ratio
from benchmarks.results import read_section
from benchmarks.whole import CASES, COLUMNS, MARK, PAGES, read_recorded, speed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_hold_what_was_recorded(page) -> None:
    assert read_section(MARK, page) == speed(read_recorded())


def test_the_results_hold_the_rows_that_were_recorded() -> None:
    recorded = read_recorded()
    assert "clock" in recorded
    for name, case in recorded.items():
        lines = read_section(CASES[name].section).splitlines()
        head = next(line for line in lines if line.startswith("|  |"))
        columns = [cell.strip() for cell in head.split("|")[2:-1]]
        for method, figures in case["rows"].items():
            told = f"| {method} | " + " | ".join(figures[column] for column in columns) + " |"
            assert told in lines


def test_every_engine_has_a_line_with_a_cell_for_each_column() -> None:
    row = dict.fromkeys(("accepted / engine-hour", "engine-seconds", "critical path (s)"), "2")
    row |= {"calls per accepted": "-", "pass rate": "50.0%", "uncached prompt tokens": "1,500"}
    rows = dict.fromkeys(("fast", "baseline, guided", "baseline, guided, drawn values"), row)
    *_, line = speed({"a": {"engine": "an engine", "rows": rows}}).splitlines()
    assert line == "| an engine | 1 | 1 | - | 50.0% to 50.0% | 1,500 to 1,500 | 1 |"
    assert line.count("|") == len(COLUMNS) + 2


def test_a_ratio_is_of_the_figures_as_they_are_shown() -> None:
    ours, theirs = {"x": "28,934 (1–2)", "y": "-"}, {"x": "22,453", "y": "0"}
    assert ratio(ours, theirs, "x") == "1.29"
    assert ratio(theirs, ours, "y") == ratio(ours, theirs, "y") == "-"
