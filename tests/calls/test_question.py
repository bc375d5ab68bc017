import json

import jsonschema_rs
import pytest

from toolace_mt.calls.ask import Unreadable, closed
from toolace_mt.calls.question import Question, together
from toolace_mt.trajectory import JsonObject


def part(name: str, example: JsonObject | None = None) -> Question[str]:
    schema = closed({name: {"type": "string"}})
    return Question(f"Write the {name}.", schema, lambda answer: str(answer[name]).upper(), example)


def test_the_example_stands_last() -> None:
    assert part("user", {"user": "Hi!"}).prompt() == 'Write the user.\nExample:\n{"user": "Hi!"}'
    assert part("user").prompt() == "Write the user."


def test_one_part_is_asked_as_it_is_and_answers_under_its_name() -> None:
    alone = part("user", {"user": "Hi!"})
    asked = together({"first": alone})
    assert (asked.prompt(), asked.schema) == (alone.prompt(), alone.schema)
    assert asked.read('{"user": "hello"}') == {"first": "HELLO"}


def test_several_parts_are_one_question_with_an_object_for_each() -> None:
    asked = together({"first": part("user", {"user": "Hi!"}), "second": part("reply")})
    prompt = asked.prompt()
    assert prompt.index("Write the user.") < prompt.index("Write the reply.")
    assert prompt.endswith('Example:\n{"first": {"user": "Hi!"}}')
    answer = {"first": {"user": "hello"}, "second": {"reply": "bye"}}
    jsonschema_rs.validate(asked.schema, answer)
    assert asked.read(json.dumps(answer)) == {"first": "HELLO", "second": "BYE"}


@pytest.mark.parametrize(
    "answer", ['{"first": {"user": "a"}}', '{"first": "a", "second": {}}', "["]
)
def test_a_part_without_its_answer_is_unreadable(answer: str) -> None:
    asked = together({"first": part("user"), "second": part("reply")})
    with pytest.raises(Unreadable):
        asked.read(answer)
