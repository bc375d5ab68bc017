"""TRL's conversational prompt and completion: a row for each message to be learned.

A message that is wrong on purpose appears in prompts and never as a completion. TRL has no weights
for messages, so this keeps such a message out of the loss.
"""

from typing import Any

import pyarrow as pa

from toolace_mt.dataset.formats.base import Format
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample

_SCHEMA = pa.schema(
    {
        "prompt": pa.list_(pa.string()),
        "completion": pa.list_(pa.string()),
        "tools": pa.list_(pa.string()),
        "id": pa.string(),
        "message": pa.int32(),
    }
)


def _rows(sample: Sample) -> list[tuple[Any, ...]]:
    texts = sample.message_texts
    return [
        (texts[:place], texts[place : place + 1], sample.tool_texts, sample.trajectory.id, place)
        for place, trained in enumerate(sample.trained)
        if trained
    ]


def _table(batch: Batch) -> pa.Table:
    rows = [row for sample in batch.samples for row in _rows(sample)]
    columns = zip(*rows, strict=True) if rows else [[] for _ in _SCHEMA]
    return pa.table(dict(zip(_SCHEMA.names, columns, strict=True)), _SCHEMA)


FORMAT = Format(
    about="a row for each assistant message that is to be learned, with all before it as prompt",
    readers="TRL's `SFTTrainer` (`datasets` 4.7 or newer)",
    table=_table,
    json=("prompt", "completion", "tools"),
)
