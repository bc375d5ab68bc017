import json
from typing import Any

import jsonschema_rs
import pytest

from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.question import Question, ask, together
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import Sampling
from toolace_mt.seeds import derive_seed
from toolace_mt.trajectory import JsonObject, Tool, Trajectory


def about(name: str, example: JsonObject | None = None) -> Question[str]:
    schema = closed({name: {"type": "string"}})
    return Question(f"Write the {name}.", schema, lambda answer: str(answer[name]).upper(), example)


def test_the_example_stands_last() -> None:
    assert about("user", {"user": "Hi!"}).prompt() == 'Write the user.\nExample:\n{"user": "Hi!"}'
    assert about("user").prompt() == "Write the user."


def test_one_part_is_asked_as_it_is_and_answers_under_its_name() -> None:
    alone = about("user", {"user": "Hi!"})
    asked = together({"first": alone})
    assert (asked.prompt(), asked.schema) == (alone.prompt(), alone.schema)
    assert asked.read('{"user": "hello"}') == {"first": "HELLO"}


def test_several_parts_are_one_question_with_an_object_for_each() -> None:
    asked = together({"first": about("user", {"user": "Hi!"}), "second": about("reply")})
    prompt = asked.prompt()
    assert prompt.index("Write the user.") < prompt.index("Write the reply.")
    assert prompt.endswith('Example:\n{"first": {"user": "Hi!"}}')
    answer = {"first": {"user": "hello"}, "second": {"reply": "bye"}}
    jsonschema_rs.validate(asked.schema, answer)
    assert asked.read(json.dumps(answer)) == {"first": "HELLO", "second": "BYE"}


@pytest.mark.parametrize("names", [("first",), ("first", "second")])
def test_one_instruction_may_stand_for_all_and_then_each_has_its_name(names: tuple[str]) -> None:
    asked = together({name: about("user", {"user": name}) for name in names}, "Write these.")
    assert asked.prompt().splitlines()[:2] == ["Write these.", "Example:"]
    answer = {name: {"user": "a"} for name in names}
    jsonschema_rs.validate(asked.schema, answer)
    assert asked.example == {name: {"user": name} for name in names}
    assert asked.read(json.dumps(answer)) == dict.fromkeys(names, "A")


@pytest.mark.parametrize(
    "answer", ['{"first": {"user": "a"}}', '{"first": "a", "second": {}}', "["]
)
def test_a_part_without_its_answer_is_unreadable(answer: str) -> None:
    asked = together({"first": about("user"), "second": about("reply")})
    with pytest.raises(Unreadable):
        asked.read(answer)


class Asked:
    """A `generate` that keeps its requests and answers with what it is given."""

    def __init__(self, *texts: str) -> None:
        self.requests: list[Request] = []
        self.texts = list(texts)

    async def __call__(self, request: Request) -> Completion:
        self.requests.append(request)
        return Completion(self.texts[len(self.requests) - 1], "stop")


TOOL = Tool("get_weather", "Tells the weather.", {"type": "object", "properties": {}})
DIALOGUE = Trajectory("d-1", 7, (TOOL,))
SAMPLING = Sampling(temperature=0.5, top_p=0.9, max_tokens=50, attempts=2)


async def test_a_question_becomes_a_request_that_says_what_it_is_for() -> None:
    asked, question = Asked('{"user": "hi"}'), about("user", {"user": "Hi!"})
    place: dict[str, Any] = {"stage": "refinement", "kind": "fill", "round": 3, "slot": "1-2"}
    shown: dict[str, Any] = {"shown": "So far", "answers": 2}
    said = await ask(question, DIALOGUE, asked, SAMPLING, **place, **shown, seed=9)
    assert said == "HI"
    (request,) = asked.requests
    assert {name: getattr(request, name) for name in place} == place
    assert request.dialogue == "d-1"
    assert request.user == f"So far\n\n{question.prompt()}"
    assert request.schema == question.schema
    assert (request.max_tokens, request.temperature, request.top_p) == (100, 0.5, 0.9)
    assert request.seed == derive_seed(9, "fill", "1-2", 0)
    assert "get_weather" in request.system


async def test_what_is_not_needed_is_not_shown() -> None:
    asked = Asked('{"user": "hi"}')
    place: dict[str, Any] = {"stage": "refinement", "kind": "fill", "seed": 9}
    await ask(about("user"), DIALOGUE, asked, SAMPLING, **place, tools=False)
    (request,) = asked.requests
    assert request.user == "Write the user."
    assert "get_weather" not in request.system
    assert (request.round, request.slot) == (0, "")


@pytest.mark.parametrize("text", ["[]", "7", "null", '"x"'])
async def test_an_answer_that_is_no_object_is_asked_for_again(text: str) -> None:
    asked = Asked(text, '{"user": "hi"}')
    place: dict[str, Any] = {"stage": "refinement", "kind": "fill", "seed": 9}
    assert await ask(about("user"), DIALOGUE, asked, SAMPLING, **place) == "HI"
    assert [request.attempt for request in asked.requests] == [0, 1]
    still = await ask(about("user"), DIALOGUE, Asked(text, text), SAMPLING, **place)
    assert still == Unusable("fill: not a JSON object")


def test_where_an_array_is_wanted_its_reader_sees_whatever_came() -> None:
    question = Question("List them.", {"type": "array"}, repr)
    assert [question.read(text) for text in ("[1]", '{"a": 1}', "2")] == ["[1]", "{'a': 1}", "2"]
