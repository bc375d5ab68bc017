"""All columns, with messages and tools as JSON text, for readers without a JSON type."""

import pyarrow as pa
import pyarrow.compute as pc

from toolace_mt.dataset.formats.base import Format
from toolace_mt.dataset.rows import Batch


def _table(batch: Batch) -> pa.Table:
    table = batch.table
    for name in ("messages", "tools"):
        place = table.schema.get_field_index(name)
        texts = pc.binary_join(table.column(name), ",")
        table = table.set_column(place, name, pc.binary_join_element_wise("[", texts, "]", ""))
    marks = pa.array([sample.trained for sample in batch.samples], pa.list_(pa.bool_()))
    return table.append_column("train", marks)


FORMAT = Format(
    about="the columns of `openai` with messages and tools as JSON text, and `train` per message",
    readers="any version of `datasets`, pandas, Polars, DuckDB",
    table=_table,
)
