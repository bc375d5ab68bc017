"""Rows of NeMo Gym's single-step tool use: Responses items, flat tools, arguments as text.

They are for its server `single_step_tool_use_with_argument_comparison`.
"""

import pyarrow as pa

from toolace_mt.dataset.formats.base import Format, lines_table
from toolace_mt.dataset.formats.tasks import task_rows
from toolace_mt.dataset.json_text import loadable
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample
from toolace_mt.tasks.adapters import nemo_gym_row


def _lines(sample: Sample) -> list[str]:
    return [loadable(nemo_gym_row(row)) for row in task_rows(sample)]


def _table(batch: Batch) -> pa.Table:
    return lines_table(line for sample in batch.samples for line in _lines(sample))


FORMAT = Format(
    about="a single step in each line: Responses items, flat tools, the action that is expected",
    readers="NeMo Gym (`single_step_tool_use_with_argument_comparison`)",
    table=_table,
    path="{split}-{number:05d}.jsonl",
)
