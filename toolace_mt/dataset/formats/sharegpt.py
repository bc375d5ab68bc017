"""ShareGPT conversations with plain strings, as LLaMA-Factory reads them.

- LLaMA-Factory drops a row unless human or observation alternates with gpt or function_call.
- Parallel calls are one JSON list, and so are their outputs, in the order of the calls.
- Reasoning stands first, in `<think>` tags.
- Text beside calls stands before them, and the calls are then in `<tool_call>` tags.
  LLaMA-Factory's LFM templates have tags of their own and refuse such a row.
"""

import json
from typing import Any

import pyarrow as pa

from toolace_mt.dataset.formats.base import Format
from toolace_mt.dataset.json_text import loadable
from toolace_mt.dataset.messages import thought, turn_messages
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample
from toolace_mt.trajectory import Turn

_SCHEMA = pa.schema(
    {
        "conversations": pa.list_(pa.struct({"from": pa.string(), "value": pa.string()})),
        "system": pa.string(),
        "tools": pa.string(),
        "id": pa.string(),
    }
)
_DATASET_INFO = {
    "toolace_mt": {
        "file_name": "train",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", "system": "system", "tools": "tools"},
    }
}


def _conversation(sample: Sample) -> list[dict[str, str]]:
    return [_said(turn, sample) for turn in sample.trajectory.turns]


def _said(turn: Turn, sample: Sample) -> dict[str, str]:
    messages = turn_messages((turn,), sample.trajectory, sample.names)
    if turn.role == "tool":
        contents = [message["content"] for message in messages]
        return {"from": "observation", "value": contents[0] if len(contents) == 1 else _list(turn)}
    if turn.calls:
        return {"from": "function_call", "value": thought(messages[0]) + _calls(turn)}
    return {"from": "human" if turn.role == "user" else "gpt", "value": messages[0]["content"]}


def _list(turn: Turn) -> str:
    return loadable([output.content for output in turn.outputs])


def _calls(turn: Turn) -> str:
    calls: list[Any] = [{"name": call.name, "arguments": call.arguments} for call in turn.calls]
    # LLaMA-Factory also looks for tags inside the JSON.
    text = loadable(calls[0] if len(calls) == 1 else calls).replace("<", "\\u003c")
    if not turn.content or "<tool_call>" in turn.content:
        return text
    return f"{turn.content}\n<tool_call>{text}</tool_call>"


def _table(batch: Batch) -> pa.Table:
    rows = [
        {
            "conversations": _conversation(sample),
            "system": sample.trajectory.system,
            "tools": f"[{','.join(sample.tool_texts)}]",
            "id": sample.trajectory.id,
        }
        for sample in batch.samples
    ]
    return pa.Table.from_pylist(rows, _SCHEMA)


FORMAT = Format(
    about="`conversations` of plain strings with `system` and `tools`, and `dataset_info.json`",
    readers="LLaMA-Factory (`dataset_dir: .../sharegpt`, `dataset: toolace_mt`)",
    table=_table,
    path="{split}/{number:05d}.parquet",
    beside={"dataset_info.json": json.dumps(_DATASET_INFO, indent=2) + "\n"},
)
