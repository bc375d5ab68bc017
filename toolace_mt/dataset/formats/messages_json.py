"""Messages with plain strings in ms-swift's own roles, and tools as JSON text.

Each call is a message of its own; calls in a row were made in parallel. `loss` is false for a
message that is wrong on purpose, and null for all others, for which ms-swift decides.
"""

from collections.abc import Iterator

import pyarrow as pa

from toolace_mt.dataset.formats.base import Format
from toolace_mt.dataset.json_text import loadable
from toolace_mt.dataset.messages import thought
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample
from toolace_mt.trajectory import JsonObject

_MESSAGE = {"role": pa.string(), "content": pa.string(), "name": pa.string(), "loss": pa.bool_()}
_SCHEMA = pa.schema(
    {
        "messages": pa.list_(pa.struct(_MESSAGE)),
        "tools": pa.string(),
        "id": pa.string(),
    }
)


def _messages(sample: Sample) -> Iterator[JsonObject]:
    for message, trained in zip(sample.messages, sample.trained, strict=True):
        role = message["role"]
        calls = message.get("tool_calls", ())
        loss = False if role == "assistant" and not trained else None
        content = thought(message) + message["content"]
        if content or not calls:
            yield {"role": role, "content": content, "name": message.get("name"), "loss": loss}
        for call in calls:
            function = {key: call["function"][key] for key in ("name", "arguments")}
            yield {"role": "tool_call", "content": loadable(function), "loss": loss}


def _table(batch: Batch) -> pa.Table:
    rows = [
        {
            "messages": list(_messages(sample)),
            "tools": f"[{','.join(sample.tool_texts)}]",
            "id": sample.trajectory.id,
        }
        for sample in batch.samples
    ]
    return pa.Table.from_pylist(rows, _SCHEMA)


FORMAT = Format(
    about="messages of plain strings with a message for each call, tools as JSON text",
    readers="ms-swift",
    table=_table,
)
