# ruff: noqa: ARG002, D102
"""Play the tasks of the `verifiers` format through its own environment, by a scripted model."""

import asyncio
import json
import sys
from importlib.metadata import version
from pathlib import Path

import verifiers as vf
from datasets import Dataset
from verifiers.clients import Client
from verifiers.types import Response, ResponseMessage, ToolCall

from toolace_mt.tasks.adapters import verifiers_reward

lines = [line for path in sorted(Path(sys.argv[1]).glob("train-*.jsonl")) for line in path.open()]
rows = [json.loads(line) for line in lines[:200]]
if not rows:
    sys.exit(f"{sys.argv[1]}: no tasks; the run has no accepted dialogue")
data = Dataset.from_list(rows)


class Scripted(Client):
    """Answers by the key of the task, or wrongly: another tool, or a text in place of calls."""

    wrong = False
    shown = 0

    def setup_client(self, config):
        return config

    async def to_native_tool(self, tool):
        return tool

    async def to_native_prompt(self, messages):
        return messages, {}

    async def get_native_response(self, prompt, model, sampling_args, tools=None, **more):
        type(self).shown += bool(tools)
        key = json.loads(more["state"]["answer"])
        if key["expects"] == "reply":
            return [("call_me", {})] if self.wrong else "Here it is."
        calls = [(call["name"], call["arguments"]) for call in reversed(key["calls"])]
        return [(f"{name}_2", made) for name, made in calls] if self.wrong else calls

    async def raise_from_native_response(self, response):
        pass

    async def from_native_response(self, answer):
        made = () if isinstance(answer, str) else enumerate(answer)
        calls = [
            ToolCall(id=f"c{number}", name=name, arguments=json.dumps(arguments))
            for number, (name, arguments) in made
        ]
        text = answer if isinstance(answer, str) else ""
        message = ResponseMessage(
            content=text, tool_calls=calls or None, finish_reason="stop", is_truncated=False
        )
        return Response(id="r", created=0, model="scripted", message=message)

    async def close(self):
        pass


async def play(wrong: bool) -> list[float]:
    """Return the reward of every task, answered rightly or wrongly."""
    client = Scripted("scripted")
    client.wrong = wrong
    rubric = vf.Rubric(funcs=[verifiers_reward])
    environment = vf.SingleTurnEnv(dataset=data, eval_dataset=data, rubric=rubric)
    played = await environment.evaluate(client=client, model="scripted", num_examples=len(data))
    return [output["reward"] for output in played["outputs"]]


right, wrong = asyncio.run(play(False)), asyncio.run(play(True))
print(
    f"verifiers {version('verifiers')}: {len(data)} tasks, {Scripted.shown} of {2 * len(data)}"
    f" requests had tools; right answers rewarded {sum(right):.0f}, wrong ones {sum(wrong):.0f}"
)
