"""Rows of a `SingleTurnEnv` of `verifiers`: tasks whose tools stand in `info`, as JSON text."""

import pyarrow as pa

from toolace_mt.dataset.formats.base import Format, lines_table
from toolace_mt.dataset.formats.tasks import task_rows
from toolace_mt.dataset.json_text import loadable
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample
from toolace_mt.tasks.adapters import verifiers_row


def _lines(sample: Sample) -> list[str]:
    return [loadable(verifiers_row(row)) for row in task_rows(sample)]


def _table(batch: Batch) -> pa.Table:
    return lines_table(line for sample in batch.samples for line in _lines(sample))


FORMAT = Format(
    about="a task in each line: `prompt`, `answer` (the key) and `info` (the tools)",
    readers="`verifiers` 0.1.14 (`SingleTurnEnv` with `tasks.adapters.verifiers_reward`)",
    table=_table,
    path="{split}-{number:05d}.jsonl",
)
