from collections import Counter
from pathlib import Path

from toolace_mt.config import RunConfig, validate_config
from toolace_mt.run.arrow import to_row as arrow_row
from toolace_mt.run.shards import Sums, publish, standing
from toolace_mt.trajectory import (
    Answer,
    Edit,
    Finding,
    Judgement,
    Origin,
    SubTask,
    Task,
    Tool,
    ToolCall,
    ToolOutput,
    Trajectory,
    Turn,
    Usage,
    Verdict,
)

FLIGHTS = Tool(
    "search_flights",
    "Find flights | between two cities.",
    {
        "type": "object",
        "properties": {
            "origin": {"type": "string"},
            "limit": {"type": ["integer", "null"]},
            "filters": {"type": "object"},
        },
        "required": ["origin"],
    },
    domain="travel",
    license="Apache-2.0",
)
SEND = Tool(
    "send_email",
    "Send an e-mail.",
    {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]},
    domain="email",
    license="MIT",
)


def dialogue(name: str = "d-0", outcome: str = "accepted") -> Trajectory:
    """A dialogue with everything in it: parallel calls, odd values, an added tool, edits."""
    plain = Turn("assistant", "From where?", injection="clarification")
    turns = (
        Turn("user", "Flights please.", subtask=0),
        plain,
        Turn("user", "From Rome, at most 3.", subtask=0),
        Turn(
            "assistant",
            "Let me look.",
            calls=(
                ToolCall("call00001", "search_flights", {"origin": "Rome", "limit": 3}),
                ToolCall(
                    "call00002",
                    "search_flights",
                    {"origin": "Köln", "limit": None, "filters": {"a": [1, "x", None, 2.5]}},
                ),
            ),
        ),
        Turn(
            "tool",
            outputs=(
                ToolOutput(
                    "call00001", {"flights": [{"id": "F1", "price": 99.5}]}, status="executed"
                ),
                ToolOutput("call00002", {"error": "no such city"}, error=True),
            ),
        ),
        Turn("assistant", "F1 costs 99.5.", selected=1),
        Turn("user", "Mail it to ann@x.org.", adds=("send_email",), subtask=1),
        Turn("assistant", calls=(ToolCall("call00003", "send_email", {"to": "ann@x.org"}),)),
        Turn("tool", outputs=(ToolOutput("call00003", "sent"),)),
        Turn("assistant", "Done."),
    )
    findings = (
        ()
        if outcome == "accepted"
        else (Finding("repetition", "error", "says it twice", 5, path="content"),)
    )
    edits = (
        Edit(
            0,
            "clarification",
            (0,),
            (Turn("user", "Flights from Rome, at most 3."),),
            turns[:3],
            Judgement(True, "new", "reads well", True),
        ),
        Edit(
            1,
            "refinement",
            (5,),
            (Turn("assistant", "F1."),),
            (Turn("assistant", "F1 is 99.5!"),),
            Judgement(False, "old", "no better"),
        ),
    )
    return Trajectory(
        name,
        7,
        (FLIGHTS, SEND),
        Task(
            (
                SubTask("Find a flight", (("search_flights", "search_flights"),)),
                SubTask("Mail it", (("send_email",),)),
            )
        ),
        turns,
        edits,
        Verdict(outcome, findings, (Answer("naturalness", "pass", "fine"),)),
        (Origin(3, "calls[0].arguments.origin", "user", "turn 2"),),
        (
            Usage("initialization", 3, 300, 100, 60, 3, 1.25, 1.0),
            Usage("refinement", 2, 200, 150, 40, 2, 0.5, 0.5),
        ),
        "",
        "You are a helpful assistant.",
    )


def settings(run_dir: Path, dialogues: int, **more) -> RunConfig:
    """Settings of a run of these examples, which repeat one another and stay all the same."""
    plain = {"run_dir": str(run_dir), "dialogues": dialogues, "engine": {"kind": "scripted"}}
    export = {"similar": None, **more.pop("export", {})}
    return validate_config(plain | more | {"export": export}, "test")


def published(run_dir: Path, dialogues: list[Trajectory], shard_size: int) -> Path:
    for stage in ("initialization", "refinement", "verification"):
        for index, start in enumerate(range(0, len(dialogues), shard_size)):
            rows = [arrow_row(d) for d in dialogues[start : start + shard_size]]
            sums = Sums(dict(Counter(map(standing, rows))))
            publish(run_dir / "shards" / stage / f"{index:05d}.arrow", rows, sums)
    return run_dir


def mixed() -> list[Trajectory]:
    outcomes = ["accepted", "rejected", "undecided", "accepted"]
    made = [dialogue(f"d-{i}", outcome) for i, outcome in enumerate(outcomes)]
    failed = Trajectory(
        "d-4", 9, failure="sub-task 2: cut off", usage=(Usage("initialization", 4),)
    )
    return [*made, failed]
