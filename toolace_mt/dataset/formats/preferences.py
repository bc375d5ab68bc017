"""TRL's conversational preferences: a right and a wrong assistant message after the same prompt.

Each side is a single message, so that no output of a tool is in its loss. Dialogues in which the
rules find an error give no rows.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from toolace_mt.dataset.formats.base import Format, rows_table
from toolace_mt.dataset.json_text import loadable
from toolace_mt.dataset.messages import turn_messages
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample
from toolace_mt.tasks.pairs import pairs

_LISTS = ("prompt", "chosen", "rejected", "tools")
_TEXTS = ("source", "kind", "path", "change", "rule", "why")
_SCHEMA = pa.schema(
    {
        **{name: pa.list_(pa.string()) for name in _LISTS},
        "id": pa.string(),
        "message": pa.int32(),
        **{name: pa.string() for name in _TEXTS},
    }
)


def _rows(sample: Sample) -> Iterator[tuple[Any, ...]]:
    texts, trajectory = sample.message_texts, sample.trajectory
    places = {turn: place for place, turn in enumerate(sample.turn_of_message)}
    learned = {sample.turn_of_message[place] for place, yes in enumerate(sample.trained) if yes}
    for pair in pairs(trajectory, learned):
        place = places[pair.turn]
        wrong = turn_messages((pair.rejected,), trajectory, sample.names)
        yield (
            *(texts[:place], texts[place : place + 1], [loadable(m) for m in wrong]),
            *(sample.tool_texts, trajectory.id, place),
            *(pair.source, pair.kind, pair.path, pair.change, pair.rule, pair.why),
        )


def _table(batch: Batch) -> pa.Table:
    return rows_table((row for sample in batch.samples for row in _rows(sample)), _SCHEMA)


FORMAT = Format(
    about="a right and a wrong message after the same prompt, with what is wrong and who says so",
    readers="TRL's `DPOTrainer` (`datasets` 4.7 or newer)",
    table=_table,
    json=_LISTS,
)
