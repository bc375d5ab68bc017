import json
from dataclasses import replace
from pathlib import Path

import pytest
from export_examples import FLIGHTS, dialogue, published, settings

from toolace_mt.dataset.questions import marks, read_questions
from toolace_mt.dataset.writer import write_dataset
from toolace_mt.errors import ConfigError
from toolace_mt.trajectory import Turn

LONG = "What is the cheapest way to get from Rome to Vienna on a Friday evening in May?"
BFCL = {
    "id": "multi_turn_1",
    "question": [[{"role": "user", "content": LONG}], [{"role": "user", "content": "Book it."}]],
    "function": [{"name": "find_trip", "description": "", "parameters": FLIGHTS.parameters}],
}


def written(path: Path, *lines: object) -> str:
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(text), "utf-8")
    return str(path)


def asks(questions, text: str, called=frozenset()) -> bool:
    turns = [{"role": "assistant", "content": LONG}, {"role": "user", "content": text}]
    return bool(questions.met_by(turns, called))


def test_requests_near_to_a_question_are_found_and_others_are_not(tmp_path):
    questions = read_questions([written(tmp_path / "bfcl.jsonl", BFCL)])
    assert asks(questions, LONG.upper())
    assert asks(questions, f"Hello! {LONG} I am in no hurry.")
    assert asks(questions, "book it!")  # short: the same words
    assert not asks(questions, "Book it for me.")
    assert not asks(questions, "What is the cheapest hotel in Vienna?")
    assert not asks(questions, "")


def test_the_same_tool_makes_a_looser_match_enough(tmp_path):
    questions = read_questions([written(tmp_path / "bfcl.jsonl", BFCL)])
    loose = "The cheapest way to get from Rome to Oslo?"
    other = marks([replace(FLIGHTS, parameters={"type": "object", "properties": {}})])
    assert not asks(questions, loose)
    assert not asks(questions, loose, other)
    assert asks(questions, loose, marks([FLIGHTS]))  # by names and types of its parameters
    assert asks(questions, loose, marks([replace(FLIGHTS, name="find_trip")]))


def test_files_of_several_kinds_are_read(tmp_path):
    files = [
        written(tmp_path / "plain.txt", "How warm is it in Oslo right now?", ""),
        written(tmp_path / "tau.json", [{"instruction": "You are Mei. Exchange the blue lamp."}]),
        written(
            tmp_path / "chat.jsonl",
            {
                "messages": [
                    {"role": "assistant", "content": "What can I do for you here?"},
                    {"role": "user", "content": "Cancel the order of last Monday."},
                ]
            },
        ),
    ]
    questions = read_questions(files)
    assert [each.place.rpartition("/")[2] for each in questions.every] == [
        "plain.txt:1",
        "tau.json:1",
        "chat.jsonl:1",
    ]
    assert asks(questions, "Please cancel the order of last Monday.")
    assert not asks(questions, "What can I do for you here?")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"rows": 3}], "no question found"),
        ([{"question": "???"}], "no question found"),
        (None, "cannot be read"),
    ],
)
def test_a_file_without_questions_is_said_in_one_line(tmp_path, lines, said):
    path = tmp_path / "q.jsonl"
    if lines:
        written(path, *lines)
    with pytest.raises(ConfigError, match=rf"export\.decontaminate: .*q\.jsonl: {said}"):
        read_questions([str(path)])


def test_rows_that_ask_one_are_left_out_counted_and_listed(tmp_path):
    made = dialogue("d-1")
    asking = replace(made, turns=(Turn("user", LONG, subtask=0), *made.turns[1:]))
    run = published(tmp_path / "run", [dialogue("d-0"), asking], 2)
    file = written(tmp_path / "bfcl.jsonl", BFCL)
    summary = write_dataset(run, settings(run, 2, export={"decontaminate": [file]}))
    assert summary.train == 1
    assert summary.left_out == {"with evaluation questions": 1}
    row = json.loads((summary.path / "left_out.jsonl").read_text())
    assert row == {"id": "d-1", "reason": f"asks evaluation question {file}:1"}
    card = (summary.path / "README.md").read_text()
    assert (
        "No row asks a question of these files, as far as word 3-grams and tools tell: bfcl.jsonl."
        in card
    )
