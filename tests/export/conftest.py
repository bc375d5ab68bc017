import pytest

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
                ToolCall("call_1", "search_flights", {"origin": "Rome", "limit": 3}),
                ToolCall(
                    "call_2",
                    "search_flights",
                    {"origin": "Köln", "limit": None, "filters": {"a": [1, "x", None, 2.5]}},
                ),
            ),
        ),
        Turn(
            "tool",
            outputs=(
                ToolOutput("call_1", {"flights": [{"id": "F1", "price": 99.5}]}, status="executed"),
                ToolOutput("call_2", {"error": "no such city"}, error=True),
            ),
        ),
        Turn("assistant", "F1 costs 99.5.", selected=1),
        Turn("user", "Mail it to ann@x.org.", adds=("send_email",), subtask=1),
        Turn("assistant", calls=(ToolCall("call_3", "send_email", {"to": "ann@x.org"}),)),
        Turn("tool", outputs=(ToolOutput("call_3", "sent"),)),
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


@pytest.fixture
def example() -> Trajectory:
    return dialogue()
