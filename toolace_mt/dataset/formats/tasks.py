"""A task for each assistant message that is to be learned: a prompt, and the key of right answers.

`answer` is the key as JSON text, since libraries pad objects with nulls;
`toolace_mt.tasks.score(answer, message)` scores by it.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from toolace_mt.dataset.formats.base import Format, rows_table
from toolace_mt.dataset.json_text import loadable
from toolace_mt.dataset.messages import tool_definition
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample
from toolace_mt.tasks.key import keys
from toolace_mt.trajectory import JsonObject

_SCHEMA = pa.schema(
    {
        "prompt": pa.list_(pa.string()),
        "answer": pa.string(),
        "tools": pa.list_(pa.string()),
        "expects": pa.string(),
        "id": pa.string(),
        "message": pa.int32(),
    }
)


def task_rows(sample: Sample) -> Iterator[JsonObject]:
    """Yield the tasks of a dialogue as plain values, with the text of its answer in `reply`."""
    known, messages = keys(sample.trajectory), sample.messages
    tools = [tool_definition(tool) for tool in sample.trajectory.available(-1)]
    for place, learned in enumerate(sample.trained):
        if learned:
            yield {
                "prompt": messages[:place],
                "tools": tools,
                "answer": loadable(known[sample.turn_of_message[place]]),
                "reply": messages[place]["content"],
                "id": sample.trajectory.id,
                "message": place,
            }


def _rows(sample: Sample) -> Iterator[tuple[Any, ...]]:
    texts, known = sample.message_texts, keys(sample.trajectory)
    for place, learned in enumerate(sample.trained):
        if learned:
            key = known[sample.turn_of_message[place]]
            yield (
                *(texts[:place], loadable(key), sample.tool_texts, key["expects"]),
                *(sample.trajectory.id, place),
            )


def _table(batch: Batch) -> pa.Table:
    return rows_table((row for sample in batch.samples for row in _rows(sample)), _SCHEMA)


FORMAT = Format(
    about="a row for each assistant message: all before it, and a key that answers are scored by",
    readers="`toolace_mt.tasks`: TRL's `GRPOTrainer`, `verifiers`, your own loop",
    table=_table,
    json=("prompt", "tools"),
)
