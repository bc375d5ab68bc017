"""Lines of batch files: requests going out, answers coming back.

A request is checked before it is written: vLLM's run-batch gives up a whole file because of one bad
line, without a line number, and a provider refuses it after hours.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from toolace_mt.calls.ask import Unreadable
from toolace_mt.calls.request import Completion, Request
from toolace_mt.engine.openai.answers import completion_of, quote
from toolace_mt.engine.openai.complaints import read_complaint
from toolace_mt.engine.openai.dialect import Dialect
from toolace_mt.errors import one_line
from toolace_mt.trajectory import JsonObject

PATH: Final = "/v1/chat/completions"
LASTING: Final = range(401, 406)  # the key, the money or the model

_ID = re.compile(r"[\w.-]{1,64}", re.A)
_NAME = re.compile(r"[\w-]{1,64}", re.A)


class Unsendable(Exception):
    """A request that no batch file may hold; `completion` is its outcome."""

    def __init__(self, completion: Completion) -> None:
        super().__init__(completion.text)
        self.completion = completion


@dataclass(frozen=True, slots=True)
class Again:
    """A line without an answer that is worth asking again, and why.

    `lasting`: it will fail again until a person mends something. `learnt`: it will be written
    otherwise.
    """

    cause: str
    lasting: bool = False
    learnt: bool = False


def request_line(custom_id: str, request: Request, dialect: Dialect, most_bytes: int) -> bytes:
    """Return one line of a batch file, newline included; raises Unsendable.

    The line is valid UTF-8 and strict JSON. `custom_id` must be unique within the file.
    """
    if not _ID.fullmatch(custom_id):
        raise ValueError(f"custom_id {custom_id!r}: expected up to 64 letters, digits, . _ -")
    body = json.loads(dialect.encode(request))
    form = body.get("response_format")
    if form is not None and not _NAME.fullmatch(form["json_schema"]["name"]):
        raise Unsendable(Completion(f"{request.kind}: not a name of a schema", "refused"))
    line = {"custom_id": custom_id, "method": "POST", "url": PATH, "body": body}
    try:
        text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = text.encode() + b"\n"
    except ValueError as error:  # infinite numbers, and surrogates, which are no Unicode text
        raise Unsendable(Completion(f"not JSON: {one_line(error)}", "failed")) from error
    if len(data) > most_bytes:
        raise Unsendable(Completion(f"a request of {len(data):,} bytes", "too_long"))
    return data


def request_of(line: JsonObject) -> Request:
    """Return the request of a line, with what its body says of it: not its dialogue nor stage."""
    body = line["body"]
    system, user = (message["content"] for message in body["messages"])
    form = (body.get("response_format") or {}).get("json_schema") or {}
    return Request(
        *("", "", form.get("name", ""), 0, "", system, user, form.get("schema")),
        seed=body.get("seed", 0),
        max_tokens=body.get("max_tokens") or body.get("max_completion_tokens") or 0,
        temperature=body.get("temperature", 1.0),
        top_p=body.get("top_p", 1.0),
    )


def parse_answer(data: bytes) -> tuple[str, JsonObject] | None:
    """Return the custom id and the object of a line of an output or error file.

    None stands for a line that is none, such as one that breaks off.
    """
    try:
        line = json.loads(data)
    except (ValueError, RecursionError):
        return None
    named = line.get("custom_id") if isinstance(line, dict) else None
    return (named, line) if isinstance(named, str) else None


def is_answer(line: JsonObject) -> bool:
    """Return whether a line of an output file has a reply with status 200."""
    response = line.get("response")
    status = response.get("status_code") if isinstance(response, dict) else None
    return status == 200 and isinstance(response["body"] if response else None, dict)


def read_answer(line: JsonObject, asked: JsonObject, dialect: Dialect) -> Completion | Again:
    """Return the outcome of a request, from the line that came back for the line `asked`.

    `dialect` learns from refusals; a request that it would write otherwise now is asked again.
    """
    request = request_of(asked)
    if is_answer(line):
        return _good(line["response"]["body"], request, dialect)
    response = line.get("response")
    reply: dict[str, Any] = response if isinstance(response, dict) else {}
    status = reply.get("status_code")
    code = status if isinstance(status, int) else 0
    complaint = read_complaint(_complained(reply, line))
    said = f"HTTP {code}: {complaint.message}" if code else complaint.message
    said = one_line(said)
    if complaint.too_long(code):
        return Completion(said, "too_long")
    if code not in (400, 422):
        return Again(said, lasting=code in LASTING)
    if _written(asked, request, dialect):
        dialect.learn(complaint, request)
    if not _written(asked, request, dialect):
        return Again(said, learnt=True)
    return Completion(said, "refused" if complaint.about_schema() else "failed")


def _good(body: JsonObject, request: Request, dialect: Dialect) -> Completion | Again:
    try:
        completion = completion_of(body)
    except Unreadable as unreadable:
        return Again(one_line(unreadable))
    if completion.finish == "abort":
        return Again("aborted")
    if completion.finish != "stop":
        return completion
    text = dialect.read(request, completion.text)
    return Completion(
        text,
        "stop",
        completion.prompt_tokens,
        completion.cached_tokens,
        completion.output_tokens,
    )


def _written(asked: JsonObject, request: Request, dialect: Dialect) -> bool:
    """Return whether a request would still be written as it was sent."""
    return bool(json.loads(dialect.encode(request)) == asked["body"])


def _complained(reply: JsonObject, line: JsonObject) -> bytes:
    """Return what a line complains of, as the body of an HTTP reply.

    vLLM has it in `error`, as text or an object; OpenAI in the body of the response, and in `error`
    where there was no response.
    """
    for found in (reply.get("body"), line.get("error")):
        if isinstance(found, str) and found:
            return json.dumps({"error": {"message": found}}).encode()
        if isinstance(found, dict) and found:
            return json.dumps(found if "error" in found else {"error": found}).encode()
    return json.dumps({"error": {"message": f"no answer: {quote(line)}"}}).encode()
