"""The chat-completions format: requests to bytes, untrusted answers to completions."""

import json
import re
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from toolace_mt.calls.ask import Unreadable
from toolace_mt.calls.request import Completion, Finish, Request
from toolace_mt.trajectory import JsonObject

_TOO_LONG = re.compile(
    r"context.?length|maximum (context|model) len|reduce the length|too long", re.I
)
_SCHEMA = re.compile(r"response_format|json.?schema|schema|grammar|guided|structured", re.I)


class _Details(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage = Field(default_factory=_Usage)


class _Error(BaseModel):
    message: str


class _Problem(BaseModel):
    error: _Error | str


def encode(request: Request, model: str, strict: bool, args: JsonObject) -> bytes:
    """Return the body that asks for `request`; `args` go on top, null leaves a field out."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.user},
        ],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
    }
    if request.schema is not None:
        schema = {"name": request.kind, "strict": strict, "schema": request.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    body |= args
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode()


def decode(body: bytes) -> Completion:
    """Read the body of a 200; raises Unreadable if it is not a chat completion."""
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable("not a chat completion") from error
    choice, usage = answer.choices[0], answer.usage
    details = usage.prompt_tokens_details or _Details()
    completion = Completion(
        text=choice.message.content or "",
        finish="stop",
        prompt_tokens=max(0, usage.prompt_tokens or 0),
        cached_tokens=max(0, details.cached_tokens or 0),
        output_tokens=max(0, usage.completion_tokens or 0),
    )
    match choice.finish_reason:
        case "stop" if choice.message.content is not None:
            return completion
        case "length":
            return replace(completion, finish="length")
        case "abort":
            return replace(completion, finish="abort")
    cause = f"finish_reason {choice.finish_reason}: {choice.message.refusal or 'no text'}"
    return replace(completion, finish="failed", text=cause)


def complaint(body: bytes) -> str:
    """Return the message in the body of an error, or the body itself where there is none."""
    try:
        error = _Problem.model_validate_json(body).error
    except ValidationError:
        return body.decode("utf-8", "replace")
    return error if isinstance(error, str) else error.message


def refusal(status: int, text: str) -> Finish:
    """Return the outcome of a request that is refused for good, from the status and the body."""
    if status == 413 or (status in (400, 422) and _TOO_LONG.search(text)):
        return "too_long"
    if status in (400, 422) and _SCHEMA.search(text):
        return "refused"
    return "failed"


def retry_seconds(header: str | None, now: float, most: float) -> float:
    """Return how long a Retry-After asks to wait, in [0, most]; 0 if there is none to be read.

    Both forms count: seconds, and a date (`now` is the wall-clock in seconds).
    """
    wait = 0.0
    with suppress(ValueError, OverflowError):
        if header is not None and re.fullmatch(r"\d{1,9}(\.\d*)?", header.strip()):
            wait = float(header)
        elif header is not None:
            wait = parsedate_to_datetime(header).timestamp() - now
    return min(max(0.0, wait), most)
