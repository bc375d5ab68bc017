"""Failed, empty and unfinished calls in the spellings that tools have for them."""

from typing import Any

import pytest

from toolace_mt.trajectory import ToolOutput
from toolace_mt.verification.rules.outcome import failed, is_empty, pending, refused, says_absent

FAILED: tuple[Any, ...] = (
    {"error": "no such city"},
    {"errors": ["no such city"]},
    {"is_error": True, "text": "no"},
    {"isError": True, "content": [{"type": "text", "text": "busy"}]},
    [{"type": "text", "text": "Error: busy"}],
    {"content": [{"type": "text", "text": '{"status": "error"}'}]},
    {"success": False},
    {"ok": "false", "reason": "busy"},
    {"status": "error", "message": "busy"},
    {"Status": "Not Found"},
    {"result": {"status": "failed"}},
    {"status_code": 503, "body": "<html>"},
    {"code": "404", "message": "?"},
    {"detail": "Not found"},
    '{"error": "busy"}',
    "Error: busy",
    "error - busy",
    "ValueError: busy",
    "Tool execution failed: busy",
    "HTTP/1.1 503 Service Unavailable",
    "404 Not Found",
    "Request to the service timed out after 30 s",
    "Traceback (most recent call last):\n  File",
    "Invalid date",
    "Could not reach the server",
    "错误：城市不存在",
    "Fehler: unbekannte Stadt",
)
FINE: tuple[Any, ...] = (
    None,
    "",
    0,
    False,
    [],
    {},
    "It is 4 degrees.",
    "No results",
    "Errors are human, says the poet.",
    {"error": None, "degrees": 4},
    {"error": "none", "degrees": 4},
    {"error": False, "degrees": 4},
    {"errors": [], "degrees": 4},
    {"success": True},
    {"id": 7, "status": "failed", "items": ["lamp"]},
    {"code": 450, "name": "Lamp"},
    {"status": "ok", "code": 200},
    {"message": "sent"},
    [{"error": "one of them"}, {"degrees": 4}],
    {"population": 503},
    "A page that tells of a request that timed out. " * 20,
)


@pytest.mark.parametrize("content", FAILED, ids=repr)
def test_a_failure_is_read(content: Any) -> None:
    assert failed(ToolOutput("c", content))


@pytest.mark.parametrize("content", FINE, ids=lambda content: repr(content)[:40])
def test_other_outputs_are_none(content: Any) -> None:
    assert not failed(ToolOutput("c", content))


def test_an_output_marked_as_an_error_has_failed_whatever_it_holds() -> None:
    assert failed(ToolOutput("c", {"degrees": 4}, error=True))
    assert not failed(None)


@pytest.mark.parametrize(
    "content", [None, [], {}, "", "[]", {"results": [], "total": 0}, {"data": {"items": []}}]
)
def test_nothing_is_empty(content: Any) -> None:
    assert is_empty(ToolOutput("c", content))


@pytest.mark.parametrize(
    "content", ["none of it", [0], {"results": [1]}, {"name": "", "tags": ["x"]}, {"name": ""}, 0]
)
def test_something_is_not_empty(content: Any) -> None:
    assert not is_empty(ToolOutput("c", content))


@pytest.mark.parametrize(
    "content", [{"state": "running"}, "Still processing", {"s": "in_progress"}]
)
def test_unfinished_work_is_read(content: Any) -> None:
    assert pending(ToolOutput("c", content))
    assert not pending(ToolOutput("c", {"state": "finished"}))


def test_absence_is_read_in_words_too() -> None:
    assert says_absent(ToolOutput("c", {"message": "no hotels"}))
    assert says_absent(ToolOutput("c", []))
    assert not says_absent(ToolOutput("c", {"name": "Hotel Lind"}))


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ({"locked": False}, True),
        ({"sent": "no"}, True),
        ({"id": 7, "status": "declined"}, True),
        ({"error": "busy"}, True),
        ({"id": 7, "status": "accepted"}, False),
        ({"locked": True}, False),
        ({"available": False}, False),
        ("sent", False),
    ],
)
def test_an_action_that_was_not_carried_out_is_read(content: Any, wrong: bool) -> None:
    assert refused(ToolOutput("c", content)) is wrong
