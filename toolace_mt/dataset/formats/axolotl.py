"""OpenAI messages with a field `train`, for axolotl's `type: chat_template`.

The setting in axolotl is `message_field_training: train`.
"""

import pyarrow as pa

from toolace_mt.dataset.formats.base import Format
from toolace_mt.dataset.json_text import loadable
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample

_SCHEMA = pa.schema(
    {"messages": pa.list_(pa.string()), "tools": pa.list_(pa.string()), "id": pa.string()}
)


def _messages(sample: Sample) -> list[str]:
    marked = zip(sample.messages, sample.trained, strict=True)
    return [loadable({**message, "train": trained}) for message, trained in marked]


def _table(batch: Batch) -> pa.Table:
    columns = [
        [_messages(sample) for sample in batch.samples],
        [sample.tool_texts for sample in batch.samples],
        [sample.trajectory.id for sample in batch.samples],
    ]
    return pa.table(dict(zip(_SCHEMA.names, columns, strict=True)), _SCHEMA)


FORMAT = Format(
    about="OpenAI messages and tools as JSON values, with `train` in each message",
    readers="axolotl (`type: chat_template`, `message_field_training: train`)",
    table=_table,
    json=("messages", "tools"),
)
