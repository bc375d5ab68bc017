"""OpenAI messages and tools as JSON values, with all columns: the default."""

from toolace_mt.dataset.formats.base import Format

FORMAT = Format(
    about="messages and tools as JSON values (arguments are objects), and all columns",
    readers="`datasets` 4.7 or newer, TRL, anything that reads OpenAI messages",
    table=lambda batch: batch.table,
    json=("messages", "tools"),
)
