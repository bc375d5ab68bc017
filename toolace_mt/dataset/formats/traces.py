"""Session traces for the Hub's viewer, in its Session Trace Simple Format: one file a dialogue.

https://huggingface.co/docs/hub/session-traces-format

The first line describes the session, every other line holds a message. The Hub allows 10,000 files
in a folder, so this format is for a sample rather than for a large run.
"""

from collections.abc import Iterator

import pyarrow as pa

from toolace_mt.dataset.formats.base import Format
from toolace_mt.dataset.json_text import compact, loadable
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample
from toolace_mt.trajectory import JsonObject

_SCHEMA = pa.schema({"lines": pa.string()})


def lines(sample: Sample) -> Iterator[str]:
    """Yield the lines of a dialogue's session."""
    trajectory = sample.trajectory
    outcome = trajectory.verdict.outcome if trajectory.verdict else ""
    goals = "; ".join(part.goal for part in trajectory.task.subtasks) if trajectory.task else ""
    header = {"type": "session", "harness": "toolace-mt", "id": trajectory.id}
    yield compact({**header, "name": goals or trajectory.id, "outcome": outcome})
    for message in sample.messages:
        yield loadable({"type": "message", "message": _message(message)})


def _message(message: JsonObject) -> JsonObject:
    told: JsonObject = {"role": message["role"], "content": message["content"]}
    if "tool_calls" in message:
        told["toolCalls"] = [
            {
                "id": call["id"],
                "function": {
                    "name": call["function"]["name"],
                    "arguments": compact(call["function"]["arguments"]),
                },
            }
            for call in message["tool_calls"]
        ]
    if "tool_call_id" in message:
        told["toolCallId"] = message["tool_call_id"]
    return told


def _table(batch: Batch) -> pa.Table:
    return pa.table({"lines": ["\n".join(lines(sample)) for sample in batch.samples]}, _SCHEMA)


FORMAT = Format(
    about="a file for each dialogue: a line that names the session, and one for each message",
    readers="the trace viewer of the Hugging Face Hub",
    table=_table,
    path="{split}/{number:05d}.jsonl",
    rows_per_file=1,
)
