"""ATIF, an exchange format for the trajectories of agents (version 1.8): one document a line.

https://github.com/harbor-framework/harbor/blob/main/rfcs/0001-trajectory-format.md

A step is a user message, or an assistant message with its calls and their outputs. `extra` of a
step has what the format has no field for: `train` is false for a step that is wrong on purpose.
"""

import pyarrow as pa

from toolace_mt import __version__
from toolace_mt.dataset.formats.base import Format, lines_table
from toolace_mt.dataset.json_text import loadable
from toolace_mt.dataset.messages import tool_definition
from toolace_mt.dataset.rows import Batch
from toolace_mt.dataset.samples import Sample
from toolace_mt.trajectory import JsonObject


def document(sample: Sample) -> JsonObject:
    """Return the trajectory as an ATIF document."""
    trajectory = sample.trajectory
    tools = [tool_definition(tool) for tool in trajectory.available(-1)]
    outcome = trajectory.verdict.outcome if trajectory.verdict else ""
    return {
        "schema_version": "ATIF-v1.8",
        "session_id": trajectory.id,
        "agent": {"name": "toolace-mt", "version": __version__, "tool_definitions": tools},
        "steps": _steps(sample),
        "extra": {"outcome": outcome},
    }


def _steps(sample: Sample) -> list[JsonObject]:
    steps: list[JsonObject] = []
    for message, trained in zip(sample.messages, sample.trained, strict=True):
        role = message["role"]
        if role == "tool":
            result = {"source_call_id": message["tool_call_id"], "content": message["content"]}
            steps[-1].setdefault("observation", {"results": []})["results"].append(result)
            continue
        step: JsonObject = {"step_id": len(steps) + 1}
        step["source"] = "agent" if role == "assistant" else role
        step["message"] = message["content"]
        if "reasoning_content" in message:
            step["reasoning_content"] = message["reasoning_content"]
        if "tool_calls" in message:
            step["tool_calls"] = [
                {
                    "tool_call_id": call["id"],
                    "function_name": call["function"]["name"],
                    "arguments": call["function"]["arguments"],
                }
                for call in message["tool_calls"]
            ]
        if role == "assistant" and not trained:
            step["extra"] = {"train": False}
        steps.append(step)
    return steps


def _table(batch: Batch) -> pa.Table:
    return lines_table(loadable(document(sample)) for sample in batch.samples)


FORMAT = Format(
    about="an ATIF document in each line: steps with calls and what came back",
    readers="Harbor and other readers of ATIF 1.8",
    table=_table,
    path="{split}-{number:05d}.jsonl",
)
