"""Replies with status 200 from any server: untrusted bytes, read into a completion."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from toolace_mt.calls.ask import Unreadable
from toolace_mt.calls.request import Completion, Finish
from toolace_mt.errors import one_line

QUOTED: Final = 60  # characters of a foreign text in an error

# Finish reasons in lower case. Any other reason, or none, means a whole answer.
_CUT: Final = {
    *("length", "max_tokens", "max_output_tokens", "max_length", "model_length"),
    "model_context_window_exceeded",
}
_FILTERED: Final = {
    *("content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii"),
    *("sensitive", "refusal", "guardrail_intervened"),
}
_ABORTED: Final = {"abort", "aborted", "cancelled", "canceled"}
_BROKEN: Final = {"error", "insufficient_system_resource"}  # of the server; may be temporary

_FENCE = re.compile(r"\s*```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```\s*", re.S)
_THOUGHT = re.compile(r"\s*(?:<think(?:ing)?>)?.*?</think(?:ing)?>\s*", re.S | re.I)


def quote(value: Any) -> str:
    """Return the beginning of a foreign text or value, on one line, in quotes."""
    text = one_line(value if isinstance(value, str) else repr(value))
    return f'"{text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"}"'


def decode(body: bytes) -> Completion:
    """Read a chat completion; raises Unreadable, naming the faulty field, if it is none.

    Any text counts as a whole answer unless its finish reason says that it was cut or filtered.
    Token counts that are missing, null or not counts are 0. An unrequested stream is joined.
    """
    return completion_of(_value(body))


def completion_of(answer: dict[str, Any]) -> Completion:
    """Read a chat completion that is parsed already, as `decode` does."""
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        said = answer.get("error") or answer.get("message") or choices
        raise Unreadable(f"choices: expected at least one, got {quote(said)}")
    choice = choices[0] if isinstance(choices[0], dict) else {}
    message = choice.get("message")
    if not isinstance(message, dict):
        message = {"content": choice.get("text")}
    text = _text(message.get("content"))
    completion = replace(_counted(answer.get("usage")), text=text or "")
    reason = _reason(choice.get("finish_reason"))
    if reason in _BROKEN:
        raise Unreadable(f"choices[0].finish_reason: {reason}")
    ends: dict[str, Finish] = {**dict.fromkeys(_CUT, "length"), **dict.fromkeys(_ABORTED, "abort")}
    if reason in ends:
        return replace(completion, finish=ends[reason])
    if reason in _FILTERED or text is None or (not text and _instead(message)):
        cause = message.get("refusal") or _instead(message) or text or "no text"
        return replace(completion, finish="failed", text=f"finish_reason {reason}: {cause}")
    return completion


def bare(text: str, structured: bool) -> str:
    """Return an answer without its reasoning; if `structured`, without a code fence too."""
    if not text.lstrip().startswith(("{", "[", '"')):
        text = _THOUGHT.sub("", text, count=1) if "</think" in text.lower() else text
    fenced = _FENCE.fullmatch(text) if structured else None
    return fenced[1] if fenced else text


def _value(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8-sig")
        if text.lstrip().startswith((":", "data:", "event:")):
            return _joined(text)
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        said = quote(body[:500].decode("utf-8", "replace"))
        raise Unreadable(f"the body: expected JSON, got {said}") from error
    if not isinstance(value, dict):
        raise Unreadable(f"the body: expected an object, got {quote(value)}")
    return value


def _joined(stream: str) -> dict[str, Any]:
    """Return the completion that a stream of server-sent events amounts to."""
    content, reason, usage, ended = "", None, None, False
    for chunk in _events(stream):
        if chunk is None:
            ended = True
        elif "error" in chunk:
            return chunk
        else:
            usage = chunk.get("usage") or usage
            choice: dict[str, Any] = next(iter(chunk.get("choices") or ()), {})
            delta = choice.get("delta") or choice.get("message") or {}
            content += _text(delta.get("content")) or ""
            reason = choice.get("finish_reason") or reason
    if not ended and reason is None:
        raise Unreadable(f"the body: a stream that breaks off after {quote(content)}")
    whole = {"message": {"content": content}, "finish_reason": reason}
    return {"choices": [whole], "usage": usage}


def _events(stream: str) -> Iterator[dict[str, Any] | None]:
    """Yield the events' objects, and None for the end."""
    for line in stream.splitlines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        value = None if data == "[DONE]" else json.loads(data)
        if value is None or isinstance(value, dict):
            yield value


def _text(content: Any) -> str | None:
    """Return the text of a message, joined from its text parts if it has parts."""
    if isinstance(content, list):
        parts = [part if isinstance(part, str) else _part(part) for part in content]
        content = "".join(parts)
    if content is None:
        return None
    if not isinstance(content, str):
        raise Unreadable(f"choices[0].message.content: expected text, got {quote(content)}")
    return content.encode("utf-8", "replace").decode()  # unpaired surrogates cannot be encoded


def _part(part: Any) -> str:
    text = part.get("text") if isinstance(part, dict) else None
    spoken = isinstance(text, str) and part.get("type", "text") in ("text", "output_text")
    return text if spoken else ""  # type: ignore[return-value]


def _instead(message: dict[str, Any]) -> str:
    """Return what a message has in place of text, "" if nothing."""
    for name in ("reasoning_content", "reasoning", "tool_calls", "function_call"):
        if message.get(name):
            return f"{name} in place of content: {quote(message[name])}"
    return ""


def _reason(given: Any) -> str:
    named = given.get("type") if isinstance(given, dict) else given
    return "none" if named is None else str(named).lower()


def _counted(usage: Any) -> Completion:
    found = usage if isinstance(usage, dict) else {}
    details = found.get("prompt_tokens_details")
    cached = details if isinstance(details, dict) else {}
    return Completion(
        text="",
        finish="stop",
        prompt_tokens=_count(found.get("prompt_tokens", found.get("input_tokens"))),
        cached_tokens=_count(cached.get("cached_tokens", found.get("prompt_cache_hit_tokens"))),
        output_tokens=_count(found.get("completion_tokens", found.get("output_tokens"))),
    )


def _count(given: Any) -> int:
    number = isinstance(given, int | float) and math.isfinite(given)
    return max(0, int(given)) if number else 0
