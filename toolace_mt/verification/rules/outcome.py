"""What an output says about its call: it failed, found nothing, or is not done yet.

Tools report failures in many spellings: a flag beside the output, `{"error": ...}`,
`{"status": "error"}`, `{"success": false}`, `{"isError": true}` around a list of contents (MCP), an
HTTP status, or plain text that begins with "Error". All of them are read here, so that every rule
means the same by a failed call.
"""

import json
import re
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.trajectory import ToolOutput
from toolace_mt.verification.provenance.parsing.words import word_set

_LONGEST = 2_000  # characters of an output's text that are looked at
_DEEPEST = 4  # wrappers around the answer itself
_BLAMES = ("error", "errors", "exception", "error_message", "errormessage", "fault", "err")
_FLAGS = ("is_error", "iserror", "failed", "has_error", "haserror")
_SUCCESS = ("success", "ok", "succeeded", "successful", "is_success", "issuccess")
_STATUS = ("status", "state", "result", "outcome", "response", "type")
_CODES = ("status_code", "statuscode", "http_status", "httpstatus", "http_code", "code", "status")
_BAD = word_set(
    "error err fail failed failure failing exception timeout timed_out unauthorized forbidden"
    " denied rejected invalid not_found unavailable aborted declined refused bad_request"
)
_BESIDE = word_set(  # what stands beside the status of an answer that holds nothing else
    "status state result outcome response type code status_code message msg error errors reason"
    " detail details description data results retry_after retryable hint request_id timestamp"
    " success ok trace_id error_code title"
)
_WRAPPERS = ("result", "response", "output", "content", "data", "tool_result", "text")
_NONE = word_set("none null false no 0 ok nil n/a")
_PENDING = re.compile(
    r"\b(?:pending|processing|running|queued|in[_ -]progress|waiting|started|not ready|starting"
    r"|working|uploading|in[_ -]queue|incomplete|scheduled|initiali[sz]ing|preparing|retry)\b",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"^\W{0,4}(?:an? |the |unexpected |unknown |internal |runtime |fatal |tool |function |api "
    r"|http "
    r"|http/[\d.]+ |server |network |connection |request |call |execution |validation |unhandled"
    r" |access )*"
    r"(?:\w*(?:error|exception|failure)\b|failed\b|fatal\b|traceback \(most|timed out|timeout\b"
    r"|denied\b|unauthori[sz]ed\b|forbidden\b|refused\b|[45]\d\d (?:\w+ ){0,3}(?:error|found"
    r"|request"
    r"|unavailable|forbidden|unauthorized|requests|timeout|gateway|conflict|entity|server)"
    r"|(?:status(?: code)? |code |http(?:/[\d.]+)? )?[45]\d\d(?::| -)"
    r"|unable to|could(?: not|n['’]t) |can ?not |can['’]t |invalid |no such|missing (?:required"
    r"|argument|param)"
    r"|bad request|not found\b|permission |rate limit|too many requests|service unavailable"
    r"|fehler|fehlgeschlagen|erreur|échec|erro\b|falha|fallo|错误|失败|出错|异常|無効|エラー"
    r"|失敗|오류"
    r"|ошибка|errore\b)",
    re.IGNORECASE,
)
_TERSE = re.compile(  # "null pointer exception", "<error>busy</error>"
    r"(?!(?:no|0|zero|without) )\W{0,2}(?:\w+ ){0,3}(?:error|exception|failure)\b.{0,40}"
    r"|.{0,12}超时",
    re.IGNORECASE,
)
_TIMED_OUT = re.compile(
    r"\btimed out\b|\b(?:permission|access) denied\b|\btraceback \(most recent|请求失败|调用失败"
    r"|操作失败|查询失败",
    re.IGNORECASE,
)
_ABSENCE = re.compile(
    r"\b(?:no|zero|none|nothing|empty|not|without|unavailable|0 (?:results|items|matches"
    r"|records))\b"
    r"|n't\b|没有|未找到|找不到|无|ningun|ningún|\bsin\b|\bkeine?\b|\bnichts\b|\baucune?\b"
    r"|\bnessun",
    re.IGNORECASE,
)
_ABOUT = word_set(  # of an answer that may be empty all the same
    "query total count page limit offset status success ok message request search filters params"
    " total_results total_count num_results timestamp page_size has_more next error code id"
)


def failed(output: ToolOutput | None) -> bool:
    """Tell whether a call failed, as far as its output says so in any of the common spellings."""
    return output is not None and (output.error or _is_failure(output.content))


def pending(output: ToolOutput | None) -> bool:
    """Tell whether an output says that the work is not done yet, so that one asks again."""
    return output is not None and _PENDING.search(as_text(output.content)) is not None


def is_empty(output: ToolOutput | None) -> bool:
    """Tell whether a call returned nothing: no value, an empty list, or an object of such."""
    return output is not None and _is_empty(output.content)


def says_absent(output: ToolOutput | None) -> bool:
    """Tell whether an output speaks of something that is not there, in words or by being empty."""
    return output is not None and (
        _is_empty(output.content) or _ABSENCE.search(as_text(output.content)) is not None
    )


@cached
def as_text(content: Any) -> str:
    """Return the beginning of an output as one text."""
    if isinstance(content, str):
        return content[:_LONGEST]
    try:
        return json.dumps(content, ensure_ascii=False, default=str)[:_LONGEST]
    except (RecursionError, ValueError, TypeError):
        return ""


@cached
def _is_failure(content: Any) -> bool:
    return _failure(content, 0)


def _failure(content: Any, depth: int) -> bool:
    if isinstance(content, str):
        return _text_failure(content, depth)
    if isinstance(content, list):
        return len(content) == 1 and depth < _DEEPEST and _failure(content[0], depth + 1)
    return isinstance(content, dict) and _object_failure(content, depth)


def _text_failure(text: str, depth: int) -> bool:
    start = text[:_LONGEST].strip()
    if start[:1] in ("{", "[") and len(text) <= _LONGEST and depth < _DEEPEST:
        try:
            value = json.loads(start)
        except (ValueError, RecursionError):
            pass
        else:
            return _failure(value, depth + 1)
    short = len(start) < 300
    return _FAILURE.match(start[:200]) is not None or (
        short and (_TIMED_OUT.search(start) or _TERSE.fullmatch(start)) is not None
    )


def _object_failure(content: dict[Any, Any], depth: int) -> bool:
    given = {str(key).lower(): value for key, value in content.items()}
    if any(_is_set(given.get(key)) for key in (*_BLAMES, *_FLAGS)):
        return True
    if any(key in given and _is_no(given[key]) for key in _SUCCESS):
        return True
    if given.keys() <= _BESIDE and any(_is_bad(given.get(key)) for key in _STATUS):
        return True
    if any(_is_bad_code(given.get(key), given) for key in _CODES):
        return True
    if given.keys() == {"message"} or given.keys() == {"detail"}:
        return _failure(next(iter(given.values())), depth + 1)
    inner = [given[key] for key in _WRAPPERS if key in given]
    alone = len(given) == 1 or ("type" in given and len(given) == 2)
    return bool(inner) and alone and depth < _DEEPEST and _failure(inner[0], depth + 1)


def _is_set(value: Any) -> bool:
    return bool(value) and not (isinstance(value, str) and value.strip().lower() in _NONE)


def _is_no(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() in ("false", "no"))


def _is_bad(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return value.strip().lower().replace(" ", "_").replace("-", "_") in _BAD


def _is_bad_code(value: Any, given: dict[str, Any]) -> bool:
    number = int(value) if isinstance(value, str) and value.strip().isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 400 <= number < 600:
        return False
    return given.keys() <= _BESIDE or any(key in given for key in ("status_code", "http_status"))


@cached
def _is_empty(content: Any) -> bool:
    return _empty(content, 0)


def _empty(content: Any, depth: int) -> bool:
    if content is None or content in ("", [], {}):
        return True
    if isinstance(content, str):
        return content.strip().lower() in ("[]", "{}", "null", "none", "''", '""')
    if isinstance(content, list):
        return depth < _DEEPEST and all(_empty(item, depth + 1) for item in content)
    if isinstance(content, dict) and depth < _DEEPEST:
        telling = {k: v for k, v in content.items() if str(k).lower() not in _ABOUT}
        lists = any(isinstance(value, list | dict) for value in telling.values())
        return lists and all(_empty(value, depth + 1) for value in telling.values())
    return False


_FIELDS = word_set(
    "booked reserved sent cancelled canceled deleted removed created added updated changed locked"
    " unlocked confirmed accepted approved completed done paid transferred refunded saved"
    " scheduled registered enabled disabled activated processed executed submitted applied posted"
)


def refused(output: ToolOutput | None) -> bool:
    """Tell whether an action was not carried out: it failed, or its output says `sent: false`."""
    if output is None:
        return False
    content = output.content
    if failed(output) or not isinstance(content, dict):
        return failed(output)
    given = {str(key).lower(): value for key, value in content.items()}
    return any(_is_no(given.get(key)) for key in _FIELDS) or any(
        _is_bad(given.get(key)) for key in ("status", "state", "result", "outcome")
    )
