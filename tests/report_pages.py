"""What tests of the report share: rows with text that tries to be markup, and a real browser."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MARKUP = "</script><b id='planted'>bold</b><img src=x> \u202e"


def row(number: int = 0, **changes: Any) -> dict[str, Any]:
    """Return one row of a dataset: a request, a call with an origin, its output and a reply."""
    call = {"name": "get_weather", "arguments": {"city": "Oslo", "days": [1, {"deep": None}]}}
    made: dict[str, Any] = {
        "id": f"d-{number:05d}",
        "outcome": "accepted",
        "messages": [
            {"role": "user", "content": f"Weather in Oslo, please, number {number}."},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "c", "type": "function", "function": call}],
            },
            {"role": "tool", "tool_call_id": "c", "name": "get_weather", "content": '{"sky": "x"}'},
            {"role": "assistant", "content": "It is x in Oslo."},
        ],
        "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}],
        "turn_of_message": [0, 1, 2, 3],
        "plan": [{"goal": "weather", "steps": [["get_weather"]]}],
        "findings": [],
        "answers": [{"expert": "completion", "outcome": "pass", "reason": ""}],
        "origins": [
            {"turn": 1, "path": "calls[0].arguments.city", "kind": "user", "source": "turn 0"}
        ],
        "edits": [
            {
                **{"round": 1, "kind": "refinement", "turns": [3], "choice": "new"},
                **{"adopted": True, "reason": "", "new_first": False},
                "before": [{"role": "assistant", "content": "It is dull in Oslo."}],
                "after": [{"role": "assistant", "content": "It is x in Oslo."}],
            }
        ],
        "usage": [{"stage": "refinement", "calls": 2, "prompt_tokens": 10, "cached_tokens": 5}],
        "domains": ["weather"],
        "injections": ["non_fc"],
    }
    return {**made, **changes}


@contextmanager
def opened(path: Path, **context: Any) -> Iterator["Page"]:
    """Open a report in Chromium; in the end nothing may have failed or been asked of a network."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("no Chromium: install Debian's package chromium")
    problems: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        page = browser.new_context(offline=True, **context).new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text))
        page.on("request", lambda asked: problems.append(asked.url))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]")
        assert problems.pop(0) == path.as_uri()
        yield page
        browser.close()
    assert problems == []
