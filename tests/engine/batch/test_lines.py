"""Lines of batch files: what goes out is valid for any reader, what comes back is read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.calls.ask import closed
from toolace_mt.calls.request import Completion, Request
from toolace_mt.engine.batch.lines import (
    Again,
    Unsendable,
    parse_answer,
    read_answer,
    request_line,
    request_of,
)
from toolace_mt.engine.openai.dialect import Dialect

WORD = closed({"word": {"type": "string", "pattern": "[a-z]+"}})
ASKED = Request(*("d", "refinement", "fill", 1, "0", "system", "user"), schema=WORD, seed=2**62)
GOOD = {"choices": [{"message": {"content": '{"word":"a"}'}, "finish_reason": "stop"}]}
CUT = {"choices": [{"message": {"content": '{"word":'}, "finish_reason": "length"}]}


def line(request: Request = ASKED, dialect: Dialect | None = None) -> dict[str, Any]:
    data = request_line("0.1.k.0", request, dialect or Dialect("m"), 10**6)
    value: dict[str, Any] = json.loads(data)
    return value


def answered(status: int = 200, body: Any = None, error: Any = None) -> dict[str, Any]:
    response = {"status_code": status, "request_id": "r", "body": body}
    return {"id": "x", "custom_id": "0.1.k.0", "response": response, "error": error}


@given(st.text(), st.text(), st.dictionaries(st.text(), st.integers() | st.text(), max_size=3))
def test_a_line_is_one_line_of_strict_json_from_which_the_request_is_read_again(
    system: str, user: str, example: dict[str, Any]
) -> None:
    asked = Request(*("d", "s", "fill", 0, "", system, user), schema=WORD | {"examples": [example]})
    data = request_line("a.b-c_1", asked, Dialect("m"), 10**9)
    assert data.endswith(b"\n")
    assert data.count(b"\n") == 1
    assert b"\r" not in data
    value = json.loads(data.decode("utf-8"), parse_constant=pytest.fail)
    again = request_of(value)
    assert (again.system, again.user, again.kind) == (system, user, "fill")
    assert json.loads(Dialect("m").encode(again)) == value["body"]


@pytest.mark.parametrize(
    ("request_", "finish", "words"),
    [
        (Request("d", "s", "fill", 0, "", "\ud83d", "", WORD), "failed", "not JSON"),
        (
            Request("d", "s", "fill", 0, "", "", "", {"maximum": float("inf")}),
            "failed",
            "not JSON",
        ),
        (Request("d", "s", "fill", 0, "", "x" * 5000, "", WORD), "too_long", "bytes"),
        (Request("d", "s", "a kind", 0, "", "", "", WORD), "refused", "not a name"),
    ],
)
def test_what_no_file_may_hold_is_the_outcome_of_its_request(
    request_: Request, finish: str, words: str
) -> None:
    with pytest.raises(Unsendable) as raised:
        request_line("a", request_, Dialect("m"), 5000)
    assert raised.value.completion.finish == finish
    assert words in raised.value.completion.text


@pytest.mark.parametrize("custom_id", ["", "x" * 65, "a b", "é"])
def test_an_id_that_a_provider_may_refuse_is_a_bug(custom_id: str) -> None:
    with pytest.raises(ValueError, match="custom_id"):
        request_line(custom_id, ASKED, Dialect("m"), 10**6)


@pytest.mark.parametrize(
    ("came", "finish"),
    [
        (answered(body=GOOD), "stop"),
        (answered(body=CUT), "length"),
        (answered(413, {"error": {"message": "too big"}}), "too_long"),
        (answered(400, {"error": {"code": "context_length_exceeded", "message": "?"}}), "too_long"),
        (answered(400, None, {"error": {"message": "maximum context length is 5"}}), "too_long"),
        (answered(400, None, "This model's maximum context length is 5"), "too_long"),
        (answered(400, {"error": {"message": "the moon is full"}}), "failed"),
    ],
)
def test_an_outcome_is_read_in_each_form(came: dict[str, Any], finish: str) -> None:
    outcome = read_answer(came, line(), Dialect("m"))
    assert isinstance(outcome, Completion)
    assert outcome.finish == finish


@pytest.mark.parametrize(
    ("came", "lasting"),
    [
        (answered(500, {"error": {"message": "x"}}), False),
        (answered(429, None, "slow down"), False),
        (answered(404, None, {"message": "no such model"}), True),
        (answered(200, None), False),
        (answered(200, {"choices": []}), False),
        ({"custom_id": "0.1.k.0", "response": None, "error": {"code": "batch_expired"}}, False),
        ({"custom_id": "0.1.k.0"}, False),
        ({"custom_id": "0.1.k.0", "response": "?"}, False),
    ],
)
def test_what_may_pass_is_asked_again(came: dict[str, Any], lasting: bool) -> None:
    outcome = read_answer(came, line(), Dialect("m"))
    assert isinstance(outcome, Again)
    assert outcome.cause
    assert outcome.lasting == lasting


def test_a_schema_is_tried_without_strict_before_it_is_given_up() -> None:
    dialect, asked = Dialect("m"), line()
    refused = answered(400, {"error": {"message": "Invalid schema for response_format"}})
    first, second = (read_answer(refused, asked, dialect) for _ in range(2))
    assert isinstance(first, Again)
    assert first.learnt
    assert first == second  # another line of the same batch: it was written before
    outcome = read_answer(refused, line(dialect=dialect), dialect)
    assert isinstance(outcome, Completion)
    assert outcome.finish == "refused"


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]\n", b'{"custom_id": 3}\n', b"\xff\n", b"[" * 9999]
)
def test_what_is_no_line_is_passed_over(data: bytes) -> None:
    assert parse_answer(data) is None
