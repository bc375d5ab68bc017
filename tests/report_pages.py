"""What tests of the report share: rows with text that tries to be markup, and a real browser."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from toolace_mt.config import validate_config
from toolace_mt.query import Derivation, Selection, Source
from toolace_mt.run.arrow import to_row
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import make_plan
from toolace_mt.run.shards import Sums, Tokens, publish
from toolace_mt.scenario import PolicyRule, Scenario
from toolace_mt.trajectory import (
    Edit,
    Judgement,
    Origin,
    Tool,
    ToolCall,
    ToolOutput,
    Trajectory,
    Turn,
    Verdict,
)

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


def derived(name: str = "d-0", hostile: str = "") -> Trajectory:
    """Return a dialogue with a scenario, reasoning, a declined request and derived arguments.

    `hostile` is added to every text of it.
    """
    flights = {"flights": [{"id": "F1", "price": 90}, {"id": "F2", "price": 70}]}
    phrase, rule = f"the cheapest one{hostile}", f"Late flights are not sold{hostile}"
    cheapest = Selection((Source("call00000", "flights"),), "id", by="price", pick="first")
    own = f"my name{hostile}"
    turns = (
        Turn("user", f"Flights to Oslo, and book {phrase} for {own}.", subtask=0),
        Turn("assistant", calls=(ToolCall("call00000", "find", {"to": "Oslo"}),), subtask=0),
        Turn("tool", outputs=(ToolOutput("call00000", flights),), subtask=0),
        Turn(
            "assistant",
            calls=(ToolCall("call00001", "book", {"flight": "F2", "who": f"Ann{hostile}"}),),
            reasoning=f"The second is cheaper.{hostile}",
            subtask=0,
        ),
        Turn("tool", outputs=(ToolOutput("call00001", f"booked{hostile}"),), subtask=0),
        Turn("assistant", "Booked.", subtask=0),
        Turn("user", f"And one at midnight?{hostile}", injection="policy"),
        Turn("assistant", f"I can't do that. {rule}.", injection="policy"),
    )
    parameters = {"type": "object", "properties": {}}
    policy = PolicyRule(f"late flights{hostile}", rule, ("book",), "refuse")
    scenario = Scenario("an airline", "2026-03-01", f"terse: few words{hostile}", "de", (policy,))
    derivations = (
        Derivation("call00001", "flight", (cheapest,), phrase),
        Derivation("call00001", "who", (), own),
    )
    origins = (
        Origin(1, "calls[0].arguments.to", "user", "turn 0 [value]"),
        Origin(3, "calls[0].arguments.flight", "chosen", f"id of argmin(price){hostile}"),
        Origin(3, "calls[0].arguments.who", "user", f"system prompt {hostile}"),
    )
    edit = Edit(0, "policy", (6,), (), turns[6:], Judgement(True, "new", hostile))
    return Trajectory(
        name,
        1,
        tuple(Tool(name, f"It can {name}.{hostile}", parameters) for name in ("find", "book")),
        turns=turns,
        edits=(edit,),
        verdict=Verdict("accepted"),
        origins=origins,
        system=f"You are an airline's.\nPolicy:\n- {rule}.\nThe user is Ann{hostile}.",
        scenario=scenario,
        derivations=derivations,
    )


def sample(busy: int) -> dict[str, float]:
    """Return one second of a run's progress with so many requests in engines of 8 slots."""
    rates = {"calls": 2.0 * busy, "output": 30.0, "cached": 0.5}
    return {"time": 1000.0 + busy, "seconds": 1.0, "busy": float(busy), "slots": 8.0, **rates}


def run_of(
    run_dir: Path, dialogues: list[Trajectory], left_out: dict[str, str], samples: list[Any]
) -> Path:
    """Write a run with all that a report reads: plan, prices, samples, dialogues, rows left out."""
    engine = {"kind": "scripted", "model": MARKUP, "price": {"input": 1.0, "output": 2.0}}
    plain = {"run_dir": str(run_dir), "dialogues": len(dialogues), "engine": engine}
    config = validate_config(plain, "test")
    make_plan(RunDir(run_dir), config, b"")
    (run_dir / "config.yaml").write_text(json.dumps(config.model_dump(mode="json")))
    paid = Tokens(calls=7, prompt=1000, cached=500, output=200)
    sums = Sums({"accepted": len(dialogues)}, paid, {"texts": paid})
    rows = [to_row(each) for each in dialogues]
    publish(RunDir(run_dir).shard("verification", 0), rows, sums)
    for folder in ("state", "dataset"):
        (run_dir / folder).mkdir(exist_ok=True)
    (run_dir / "state" / "progress.json").write_text(json.dumps({"samples": samples}))
    lines = [json.dumps({"id": id, "reason": reason}) + "\n" for id, reason in left_out.items()]
    (run_dir / "dataset" / "left_out.jsonl").write_text("".join(lines))
    return run_dir


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
