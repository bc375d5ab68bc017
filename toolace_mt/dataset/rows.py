"""What a row of the dataset holds beside its messages and tools: everything that led to it."""

import json
import re
from typing import TYPE_CHECKING, Any

from toolace_mt.dataset.messages import call_names, compact, to_row, turn_messages
from toolace_mt.trajectory import Edit, JsonObject, Trajectory

if TYPE_CHECKING:
    from datasets import Features

_BEYOND = re.compile(r"[\[:,]-?(?:\d{19}|Infinity|NaN)")  # also in texts: that only costs time


def features() -> "Features":
    """Return the columns of the config `openai`.

    `messages` and `tools` are JSON values: Arrow structs would pad absent keys with nulls. Turn
    indexes count turns; `turn_of_message` gives the turn of each message, -1 for the system's.
    """
    from datasets import Features, Json, List, Value

    text, number = Value("string"), Value("int32")
    finding = dict.fromkeys(("check", "severity", "message", "tool", "path", "side"), text)
    usage = dict.fromkeys(("calls", "prompt_tokens", "cached_tokens", "output_tokens"), number)
    edit = dict.fromkeys(("kind", "before", "after", "choice", "reason"), text)
    return Features(
        {
            "messages": List(Json()),
            "tools": List(Json()),
            "id": text,
            "seed": Value("int64"),
            "outcome": text,
            "domains": List(text),
            "injections": List(text),
            "n_subtasks": number,
            "n_turns": number,
            "n_user_turns": number,
            "n_calls": number,
            "plan": List({"goal": text, "steps": List(List(text))}),
            "turn_of_message": List(number),
            "executions": List(
                {"turn": number, "id": text, "name": text, "status": text, "error": Value("bool")}
            ),
            "findings": List({**finding, "turn": number}),
            "answers": List(dict.fromkeys(("expert", "outcome", "reason"), text)),
            "edits": List(
                {
                    **edit,
                    "round": number,
                    "turns": List(number),
                    "adopted": Value("bool"),
                    "new_first": Value("bool"),
                }
            ),
            "origins": List({"turn": number, "path": text, "kind": text, "source": text}),
            "usage": List({"stage": text, **usage, "depth": number}),
        }
    )


def to_record(trajectory: Trajectory) -> JsonObject:
    """Return the row of a verified dialogue, JSON values as strings.

    Measured seconds are left out: equal seeds and completions give equal rows.
    """
    row = to_row(trajectory)
    verdict = trajectory.verdict
    turns = trajectory.turns
    names = call_names(trajectory)
    return {
        "messages": [loadable(message) for message in row["messages"]],
        "tools": [loadable(tool) for tool in row["tools"]],
        "id": trajectory.id,
        "seed": trajectory.seed,
        "outcome": verdict.outcome if verdict else "",
        "domains": sorted({tool.domain for tool in trajectory.tools}),
        "injections": adopted_injections(trajectory),
        "n_subtasks": len(trajectory.task.subtasks) if trajectory.task else 0,
        "n_turns": len(turns),
        "n_user_turns": sum(turn.role == "user" for turn in turns),
        "n_calls": sum(len(turn.calls) for turn in turns),
        "plan": _columns(trajectory.task.subtasks if trajectory.task else (), "goal steps"),
        "turn_of_message": _turn_of_message(trajectory),
        "executions": _executions(trajectory),
        "findings": _columns(
            verdict.findings if verdict else (), "check severity message turn tool path side"
        ),
        "answers": _columns(verdict.answers if verdict else (), "expert outcome reason"),
        "edits": [_edit(edit, trajectory, names) for edit in trajectory.edits],
        "origins": _columns(trajectory.origins, "turn path kind source"),
        "usage": _columns(
            trajectory.usage, "stage calls prompt_tokens cached_tokens output_tokens depth"
        ),
    }


def adopted_injections(trajectory: Trajectory) -> list[str]:
    """Return the kinds of the injections that were adopted, in order."""
    edits = (edit for edit in trajectory.edits if edit.judgement.adopted)
    return [edit.kind for edit in edits if edit.kind != "refinement"]


def loadable(value: Any) -> str:
    """Return the value as JSON that `datasets` can read back.

    Its reader refuses integers beyond 64 bits: those become floats, infinities become text.
    """
    text = compact(value)
    return compact(_within(value)) if _BEYOND.search(text) else text


def _within(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _within(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_within(inner) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        value = float(value) if abs(value) < 2**1023 else str(value)
    if isinstance(value, float) and value - value != 0:
        return json.dumps(value)
    return value


def _columns(records: Any, names: str) -> list[JsonObject]:
    return [{name: getattr(record, name) for name in names.split()} for record in records]


def _turn_of_message(trajectory: Trajectory) -> list[int]:
    system = [-1] if trajectory.system else []
    sizes = (len(turn.outputs) if turn.role == "tool" else 1 for turn in trajectory.turns)
    return system + [index for index, size in enumerate(sizes) for _ in range(size)]


def _executions(trajectory: Trajectory) -> list[JsonObject]:
    """Say of every call how its output came about; a call without output has status ""."""
    return [
        {
            "turn": turn,
            "id": call.id,
            "name": call.name,
            "status": output.status if output else "",
            "error": output.error if output else False,
        }
        for turn, call, output in trajectory.calls()
    ]


def _edit(edit: Edit, trajectory: Trajectory, names: dict[str, str]) -> JsonObject:
    judgement = edit.judgement
    before, after = (
        compact(turn_messages(turns, trajectory, names)) for turns in (edit.before, edit.after)
    )
    return {
        "round": edit.round,
        "kind": edit.kind,
        "turns": edit.turns,
        "before": before,
        "after": after,
        "choice": judgement.choice,
        "adopted": judgement.adopted,
        "reason": judgement.reason,
        "new_first": judgement.new_first,
    }
