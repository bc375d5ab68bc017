"""Errors as the servers that people use write them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.engine.openai.complaints import Complaint, read_complaint


def said(**error: Any) -> bytes:
    return json.dumps({"error": error}).encode()


TOO_LONG = {
    "vllm": said(
        message="This model's maximum context length is 2048 tokens and your request has 3034 input"
        " tokens. Please reduce the length of the input messages.",
        type="BadRequestError",
        param="input_tokens",
        code=400,
    ),
    "vllm, max_tokens": said(
        message="'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum"
        " context length is 2048 tokens and your request has 34 input tokens.",
        type="BadRequestError",
        code=400,
    ),
    "llama.cpp": said(code=400, message="zu lang", type="exceed_context_size_error", n_ctx=1024),
    "sglang": b'{"object":"error","message":"The input (3031 tokens) is longer than the model\'s'
    b' context length (2048 tokens).","type":"BadRequestError","param":null,"code":400}',
    "tgi": b'{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096.'
    b' Given: 5000 `inputs` tokens and 100 `max_new_tokens`","error_type":"validation"}',
    "gemini": b'[{"error":{"code":400,"message":"The input token count (1200000) exceeds the'
    b' maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}]',
    "dashscope": said(
        code="invalid_parameter_error",
        message="<400> InternalError.Algo.InvalidParameter: Range of input length should be"
        " [1, 30720]",
        type="invalid_request_error",
    ),
    "openai": said(message="x", type="invalid_request_error", code="context_length_exceeded"),
    "anthropic": b'{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too'
    b' long: 208310 tokens > 200000 maximum"}}',
    "mistral": b'{"object":"error","message":"Prompt contains 40000 tokens, too large for model'
    b' with 32768 maximum context length","type":"invalid_request_error","code":"3051"}',
}
OTHERS = {
    "schema": said(message="Invalid schema for response_format 'plan'", param="response_format"),
    "seed": said(message="Unknown parameter: 'seed'.", code="unknown_parameter"),
    "answer": said(message="max_tokens is too large: 9000. It supports at most 4096.", code=400),
    "key": said(message="Incorrect API key provided", code="invalid_api_key"),
    "html": b"<html><head><title>400 Bad Request</title></head></html>",
    "nothing": b"",
}


@pytest.mark.parametrize("server", TOO_LONG)
def test_a_prompt_that_does_not_fit_is_known(server: str) -> None:
    assert read_complaint(TOO_LONG[server]).too_long(400)


@pytest.mark.parametrize("problem", OTHERS)
def test_what_else_is_wrong_is_not_taken_for_that(problem: str) -> None:
    assert not read_complaint(OTHERS[problem]).too_long(400)


@pytest.mark.parametrize("server", ["llama.cpp", "openai"])
def test_names_count_whatever_the_status_and_the_language(server: str) -> None:
    assert read_complaint(TOO_LONG[server]).too_long(500)


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        (said(message="no", param="a.b"), "no", "a.b"),
        (b'{"error": "plain"}', "plain", ""),
        (b'{"detail": "Not Found"}', "Not Found", ""),
        (b'{"detail": [{"loc": ["body", "top_p"], "msg": "bad"}]}', "top_p: bad", "top_p"),
        (b"<html><title>Bad\n Gateway</title><p>nginx", '"Bad Gateway"', ""),
        (b"who are you?", '"who are you?"', ""),
        (b"", "empty body", ""),
    ],
)
def test_message_and_field_are_found_wherever_they_stand(
    body: bytes, message: str, field: str
) -> None:
    complaint = read_complaint(body)
    assert (complaint.message, complaint.field) == (message, field)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("error", "detail", "message", "param", "type", "code", "loc", "msg")),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(json_values.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_any_body_is_read(body: bytes) -> None:
    complaint = read_complaint(body)
    assert isinstance(complaint, Complaint)
    assert complaint.message
