"""The columns of a dataset: messages, tools, and the history of each dialogue."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from operator import attrgetter
from typing import Any, NamedTuple

import pyarrow as pa

from toolace_mt.dataset.json_text import compact
from toolace_mt.dataset.messages import turn_messages
from toolace_mt.dataset.samples import Sample
from toolace_mt.trajectory import Edit, JsonObject, Trajectory

_TEXT, _NUMBER, _YES_NO = pa.string(), pa.int32(), pa.bool_()


def _records(**fields: pa.DataType) -> pa.DataType:
    return pa.list_(pa.struct(list(fields.items())))


SCHEMA: pa.Schema = pa.schema(
    {
        "messages": pa.list_(_TEXT),
        "tools": pa.list_(_TEXT),
        "id": _TEXT,
        "seed": pa.int64(),
        "outcome": _TEXT,
        "domains": pa.list_(_TEXT),
        "injections": pa.list_(_TEXT),
        "n_subtasks": _NUMBER,
        "n_turns": _NUMBER,
        "n_user_turns": _NUMBER,
        "n_calls": _NUMBER,
        "date": _TEXT,
        "language": _TEXT,
        "persona": _TEXT,
        "policy": _records(name=_TEXT, text=_TEXT, then=_TEXT, tools=pa.list_(_TEXT)),
        "plan": _records(goal=_TEXT, steps=pa.list_(pa.list_(_TEXT))),
        "turn_of_message": pa.list_(_NUMBER),
        "executions": _records(turn=_NUMBER, id=_TEXT, name=_TEXT, status=_TEXT, error=_YES_NO),
        "findings": _records(
            check=_TEXT,
            severity=_TEXT,
            message=_TEXT,
            tool=_TEXT,
            path=_TEXT,
            side=_TEXT,
            turn=_NUMBER,
        ),
        "answers": _records(expert=_TEXT, outcome=_TEXT, reason=_TEXT),
        "edits": _records(
            kind=_TEXT,
            before=_TEXT,
            after=_TEXT,
            choice=_TEXT,
            reason=_TEXT,
            round=_NUMBER,
            turns=pa.list_(_NUMBER),
            adopted=_YES_NO,
            new_first=_YES_NO,
        ),
        "origins": _records(turn=_NUMBER, path=_TEXT, kind=_TEXT, source=_TEXT),
        "usage": _records(
            stage=_TEXT,
            calls=_NUMBER,
            prompt_tokens=_NUMBER,
            cached_tokens=_NUMBER,
            output_tokens=_NUMBER,
            depth=_NUMBER,
        ),
    }
)
"""All columns; each message and each tool is JSON text.

`date`, `language`, `persona` and `policy` are what the dialogue was given; the run's settings say
when a rule applies. Turn indexes count turns; `turn_of_message` gives the turn of each message, -1
for the system's.
"""


class Batch:
    """Some dialogues, in order, with the table that several formats start from."""

    def __init__(self, dialogues: Iterable[Trajectory]) -> None:
        self.samples = [Sample(dialogue) for dialogue in dialogues]

    @cached_property
    def table(self) -> pa.Table:
        """A table of `SCHEMA` with a row for each dialogue.

        Measured seconds are left out, so that equal seeds and completions give equal rows.
        """
        return _to_table(self.samples)


def to_record(trajectory: Trajectory) -> JsonObject:
    """Return the row of one dialogue as plain values, by column."""
    record: JsonObject = Batch([trajectory]).table.to_pylist()[0]
    return record


def _to_table(samples: Sequence[Sample]) -> pa.Table:
    rows = [_row(sample) for sample in samples]
    columns = []
    for field in SCHEMA:
        values = [row[field.name] for row in rows]
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
            columns.append(_structs(values, field.type))
        else:
            columns.append(pa.array(values, field.type))
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _structs(lists: Sequence[Sequence[Any]], kind: pa.ListType) -> pa.Array:
    """Return a column of lists of records. Built field by field, it is fast."""
    flat = [record for records in lists for record in records]
    fields = list(kind.value_type)
    values = [pa.array([*map(attrgetter(f.name), flat)], f.type) for f in fields]
    ends = pa.array([0, *accumulate(map(len, lists))], pa.int32())
    return pa.ListArray.from_arrays(ends, pa.StructArray.from_arrays(values, fields=fields), kind)


def _row(sample: Sample) -> dict[str, Any]:
    """Return the values of all columns; those of struct columns as records."""
    trajectory = sample.trajectory
    verdict, turns = trajectory.verdict, trajectory.turns
    subtasks = trajectory.task.subtasks if trajectory.task else ()
    return {
        "messages": sample.message_texts,
        "tools": sample.tool_texts,
        "id": trajectory.id,
        "seed": trajectory.seed,
        "outcome": verdict.outcome if verdict else "",
        "domains": sorted({tool.domain for tool in trajectory.tools}),
        "injections": adopted_injections(trajectory),
        "n_subtasks": len(subtasks),
        "n_turns": len(turns),
        "n_user_turns": sum(turn.role == "user" for turn in turns),
        "n_calls": sum(len(turn.calls) for turn in turns),
        "date": trajectory.scenario.date,
        "language": trajectory.scenario.language or "en",
        "persona": trajectory.scenario.persona,
        "policy": trajectory.scenario.policy,
        "plan": subtasks,
        "turn_of_message": sample.turn_of_message,
        "executions": _executions(trajectory),
        "findings": verdict.findings if verdict else (),
        "answers": verdict.answers if verdict else (),
        "edits": [_edit_row(edit, sample) for edit in trajectory.edits],
        "origins": trajectory.origins,
        "usage": trajectory.usage,
    }


def adopted_injections(trajectory: Trajectory) -> list[str]:
    """Return the kinds of the injections that were adopted, in order."""
    edits = (edit for edit in trajectory.edits if edit.judgement.adopted)
    return [edit.kind for edit in edits if edit.kind != "refinement"]


class _Execution(NamedTuple):
    """How one call was executed; without an output its `status` is ""."""

    turn: int
    id: str
    name: str
    status: str
    error: bool


def _executions(trajectory: Trajectory) -> list[_Execution]:
    return [
        _Execution(
            *(turn, call.id, call.name),
            *((output.status, output.error) if output else ("", False)),
        )
        for turn, call, output in trajectory.calls()
    ]


class _EditRow(NamedTuple):
    kind: str
    before: str
    after: str
    choice: str
    reason: str
    round: int
    turns: tuple[int, ...]
    adopted: bool
    new_first: bool


def _edit_row(edit: Edit, sample: Sample) -> _EditRow:
    judgement = edit.judgement
    before, after = (
        compact(turn_messages(turns, sample.trajectory, sample.names))
        for turns in (edit.before, edit.after)
    )
    return _EditRow(
        *(edit.kind, before, after, judgement.choice, judgement.reason),
        *(edit.round, edit.turns, judgement.adopted, judgement.new_first),
    )
