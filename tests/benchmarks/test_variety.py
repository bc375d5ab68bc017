import json
from pathlib import Path

import pytest
from export_examples import dialogue, mixed, published

from benchmarks.variety.variety import _source, read, report, values_of


def test_runs_and_files_stand_side_by_side_over_equal_amounts(tmp_path: Path) -> None:
    run = published(tmp_path / "run", mixed(), 2)
    row = {"messages": [{"role": "user", "content": "Is there a flight to Rome?"}] * 2, "tools": []}
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n")
    assert [d.id for d in read(run)] == ["d-0", "d-3"]  # the accepted ones
    table = report({"ours": read(run), "theirs": read(file)}).splitlines()[-2:]
    ours, theirs = (line.split(" | ") for line in table)
    assert (ours[0], ours[1], theirs[0], theirs[1]) == ("| ours", "2", "| theirs", "1")
    assert theirs[4:7] == ["0.500", "0.500", "1.000"]
    assert theirs[8:10] == ["-", "-"]


def test_values_are_texts_and_numbers_of_arguments() -> None:
    assert values_of([dialogue()]) == ["Rome", "3", "Köln", "1", "x", "2.5", "ann@x.org"]


def test_a_place_that_is_not_there_is_said() -> None:
    with pytest.raises(Exception, match="NAME=PLACE"):
        _source("ours=/nowhere/at/all")
