"""Outputs of tools: whether they report a failure, and which calls they belong to."""

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from toolace_mt.reading.parts import Say, scalar_id, tagged, text_of
from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import ToolCall, ToolOutput

_FAILED_TEXT = re.compile(
    r"\W{0,4}(?:(?:\w{1,20} )?(?:error|exception|failure)\b(?: \d+| code \d+| \(\w+\))?\s*[:\-–]"
    r"|traceback \(most recent|failed to \w|(?-i:\w{0,40}(?:Error|Exception):))",
    re.IGNORECASE,
)
_FAILED_STATUS = frozenset(("error", "failed", "failure", "errored"))
_FLAGS = ("error", "is_error", "isError")
_NO_ERROR = frozenset(("", "false", "none", "null", "no error", "0"))
_REPORT = frozenset(
    (
        *("status", "message", "msg", "error", "errors", "detail", "details", "reason", "code"),
        *("type", "error_code", "data", "result", "output", "content", "tool", "name"),
    )
)
_ENVELOPE = frozenset(("content", "isError", "is_error", "structuredContent", "_meta", "meta"))
_NAMED = frozenset(("name", "content", "tool_call_id", "role"))
_PARTS = (
    *("text", "input_text", "output_text", "image", "image_url", "input_image", "audio"),
    *("resource", "resource_link", "file", "document", "json"),
)


@dataclass(frozen=True, slots=True)
class Given:
    """One output as its message has it; `id` and `name` are "" where it has none."""

    id: str
    name: str
    value: Any
    error: bool = False


def read_outputs(content: object, names: Collection[str], expected: int, say: Say) -> list[Given]:
    """Return the outputs in one tool message: one, unless it answers `expected` calls at once.

    Text that is JSON is parsed. The envelope of MCP is opened, and that of Hermes (`name`,
    `content`) if `name` is in `names`.
    """
    if isinstance(content, str) or _is_parts(content):
        text = text_of(content, say)
        if "<tool_response>" in text and (found := tagged(text, "tool_response")[0]):
            return [_given(parse(each), names, say) for each in found]
        content = parse(text)
    if isinstance(content, list) and len(content) == expected > 1:
        return [_given(value, names, say) for value in content]
    return [_given(content, names, say)]


def _is_parts(content: object) -> bool:
    """Say whether content is a list of a message's parts, rather than an output that is a list."""
    return isinstance(content, list) and all(
        isinstance(part, dict) and (part.get("type") in _PARTS or part.keys() == {"text"})
        for part in content
    )


def _given(value: Any, names: Collection[str], say: Say) -> Given:
    error = failed(value)
    if not isinstance(value, dict):
        return Given("", "", value, error)
    name, inner = value.get("name"), value.get("content")
    if isinstance(name, str) and name in names and "content" in value and value.keys() <= _NAMED:
        given = _given(parse(inner) if isinstance(inner, str) else inner, (), say)
        return Given(scalar_id(value.get("tool_call_id")), name, given.value, given.error)
    if value.keys() <= _ENVELOPE and inner and _is_parts(inner):
        held = value.get("structuredContent")
        value = held if held is not None else parse(text_of(inner, say))
        error = error or failed(value)
    return Given("", "", value, error)


def failed(value: object) -> bool:
    """Say whether an output reports that the call failed.

    - An object: `error`, `isError` or `is_error` is set, `success` or `ok` is false, its status is
      an HTTP error, or it is a report whose status is "error" or "failed".
    - A text: it begins like an error message.
    """
    if isinstance(value, str):
        return _FAILED_TEXT.match(value) is not None
    if not isinstance(value, dict):
        return False
    if any(_set(value[key]) for key in _FLAGS if key in value):
        return True
    if value.get("success") is False or value.get("ok") is False:
        return True
    errors, status = value.get("errors"), value.get("status", value.get("status_code"))
    if isinstance(status, str):  # a failed order is no failed call
        return status.lower() in _FAILED_STATUS and value.keys() <= _REPORT
    if type(status) is int and 400 <= status < 600:
        return True
    return isinstance(errors, list | dict | str) and bool(errors)


def _set(flag: object) -> bool:
    if isinstance(flag, str):
        return flag.strip().lower() not in _NO_ERROR
    if type(flag) is int:
        return flag >= 100  # a code; smaller ones are counts
    return not isinstance(flag, float) and bool(flag)


def matched(calls: tuple[ToolCall, ...], own: set[str], given: list[Given]) -> list[ToolOutput]:
    """Return the outputs of a turn, each with the id of its call, "" if it answers no call.

    - An output belongs to the call with its id, else to the first unanswered call with its name,
      else to the first unanswered call.
    - `own` are ids that the row itself gives; other ids were made up in reading. If all calls have
      ids of their own, an output with an unknown id keeps it.
    - Once all calls are answered, outputs are in the order of the calls.
    """
    left = {call.id: call for call in calls}
    ids = [output.id if left.pop(output.id, None) is not None else "" for output in given]
    anonymous = any(call.id not in own for call in calls)
    loose = [i for i, one in enumerate(given) if not ids[i] and (not one.id or anonymous)]
    for place, call_id in _by_name(loose, given, left):
        ids[place] = call_id
        del left[call_id]
    rest = iter(list(left))
    for place in loose:
        if not ids[place] and (call_id := next(rest, "")):
            ids[place] = call_id
            del left[call_id]
    outputs = [
        ToolOutput(call_id or one.id, one.value, one.error)
        for call_id, one in zip(ids, given, strict=True)
    ]
    if len(outputs) == len(calls) > 1 and not left:
        rank = {call.id: place for place, call in enumerate(calls)}
        outputs.sort(key=lambda output: rank.get(output.call_id, len(rank)))
    return outputs


def _by_name(
    loose: Iterable[int], given: list[Given], left: dict[str, ToolCall]
) -> Iterator[tuple[int, str]]:
    waiting: defaultdict[str, deque[str]] = defaultdict(deque)
    for call in left.values():
        waiting[call.name].append(call.id)
    for place in loose:
        name = given[place].name
        if name and waiting.get(name):
            yield place, waiting[name].popleft()
