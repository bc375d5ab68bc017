"""Reads public dialogues with outputs and replies, each source in its published form.

A reader takes a clone and yields rows with OpenAI's messages, or in another form that `verify`
reads.
"""

import ast
import json
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from benchmarks.public.messages import Messages, as_row, literals
from toolace_mt.trajectory import JsonObject

TAU = "historical_trajectories/gpt-4o-airline.json"
GLAIVE = "data/glaive_toolcall_en_demo.json"
TOOLACE = "sharegpt_func_fixed.json"
_GIVEN = "Here is a list of functions in JSON format that you can invoke:\n"


def tau_airline(clone: Path) -> Iterator[JsonObject]:
    """GPT-4o as an airline's agent, a simulated customer, real tools on a database."""
    tools = [_info(path) for path in sorted(clone.glob("tau_bench/envs/airline/tools/[!_]*.py"))]
    for number, run in enumerate(json.loads((clone / TAU).read_text("utf-8"))):
        messages = run["traj"]
        if messages[-1]["role"] == "user":  # the simulator's "###STOP###", which nobody answers
            messages = messages[:-1]
        yield {"id": f"tau{number}", "messages": messages, "tools": tools}


def _info(path: Path) -> JsonObject:
    """Return the definition that a tool's `get_info` returns."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == "get_info":
            returned = next(inner for inner in node.body if isinstance(inner, ast.Return))
            definition: JsonObject = ast.literal_eval(returned.value or ast.Constant({}))
            return definition
    raise ValueError(f"{path}: no get_info")


def tool_talk(clone: Path) -> Iterator[JsonObject]:
    """Conversations with the calls that annotators wrote for them, and real outputs."""
    tools: dict[str, JsonObject] = {}
    for path in clone.glob("src/tooltalk/apis/*.py"):
        for name, said in literals(path, {"description", "parameters", "requires_auth"}).items():
            if "parameters" in said:
                tools[name] = {"name": name, **said, "parameters": _with_token(said)}
    for path in sorted(clone.glob("data/[!d]*/*.json")):
        data = json.loads(path.read_text("utf-8"))
        metadata = data["metadata"]
        known = "".join(f"\n{key}: {value}" for key, value in metadata.items())
        messages = Messages(f"You are a helpful assistant. Here is some user data:{known}")
        for turn in data["conversation"]:
            for api in turn.get("apis", ()):
                request = api["request"]
                (call_id,) = messages.call([(request["api_name"], request["parameters"])])
                output = {"error": api["exception"]} if api["exception"] else api["response"]
                messages.output(call_id, output)
            messages.say(turn["role"], turn["text"])
        if messages.made[-1]["role"] == "user":  # thanks that nobody answers
            messages.made.pop()
        yield as_row(path.stem, messages, [tools[name] for name in sorted(tools)])


def _with_token(said: dict[str, Any]) -> JsonObject:
    """Return the parameters of a tool; the token that its code takes stands in no definition."""
    token = {"session_token": {"type": "string", "required": True}}
    return {**said["parameters"], **(token if said.get("requires_auth") else {})}


def api_bank(clone: Path) -> Iterator[JsonObject]:
    """Conversations written by people around real tools; the files without a tool search."""
    tools: dict[str, JsonObject] = {}
    for path in clone.glob("api-bank/apis/*.py"):
        for name, said in literals(path, {"description", "input_parameters"}).items():
            properties = said.get("input_parameters", {})
            schema = {"type": "object", "properties": properties, "required": list(properties)}
            described = said.get("description", "")
            tools[name] = {"name": name, "description": described, "parameters": schema}
    for path in sorted(clone.glob("api-bank/lv1-lv2-samples/level-1-given-desc/*.jsonl")):
        said = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        messages = Messages()
        for turn in said:
            if turn["role"] != "API":
                role = "user" if turn["role"] == "User" else "assistant"
                messages.say(role, turn["text"])
                continue
            before = messages.made[-1]
            text = messages.made.pop()["content"] if before["role"] == "assistant" else ""
            (call_id,) = messages.call([(turn["api_name"], turn["param_dict"])], text)
            result = turn["result"]
            failed = result["exception"]
            messages.output(call_id, {"error": failed} if failed else result["output"])
        names = [name for name in path.stem.split("-") if name in tools]
        names += [turn["api_name"] for turn in said if turn["role"] == "API"]
        yield as_row(path.stem, messages, [tools[n] for n in dict.fromkeys(names) if n in tools])


def glaive(clone: Path) -> Iterator[JsonObject]:
    """Conversations that a model has written; ShareGPT form, which `verify` reads as it is."""
    rows = json.loads((clone / GLAIVE).read_text("utf-8"))
    yield from ({"id": f"glaive{number}", **row} for number, row in enumerate(rows))


def tool_ace(clone: Path) -> Iterator[JsonObject]:
    """A sample of ToolACE, whose system prompts hold the tools.

    Whoever made this sample cut names of calls to the last word; the outputs have them whole.
    """
    for number, row in enumerate(json.loads((clone / TOOLACE).read_text("utf-8"))):
        before, _, given = row["system"].partition(_GIVEN)
        tools, end = json.JSONDecoder().raw_decode(given)
        messages = Messages(f"{before}{given[end:].lstrip('. ')}")
        grouped = groupby(row["conversations"], key=itemgetter("from"))
        steps = [(kind, [turn["value"] for turn in turns]) for kind, turns in grouped]
        ids: list[str] = []
        for place, (kind, values) in enumerate(steps):
            following = steps[place + 1] if place + 1 < len(steps) else ("", [])
            if kind == "function_call":
                calls = [call for value in values for call in _parsed(value)]
                outputs = following[1] if following[0] == "observation" else []
                names = [str(tool["name"]) for tool in tools]
                ids = messages.call(_whole(calls, _output_names(outputs), names)) if calls else []
            elif kind == "observation":
                outputs = [output for value in values for output in _parsed(value)]
                for call_id, output in zip(ids, outputs, strict=False):
                    messages.output(call_id, output)
            else:
                for value in values:
                    messages.say({"human": "user", "gpt": "assistant"}[kind], value)
        yield as_row(f"toolace{number}", messages, tools)


def _parsed(value: str) -> list[Any]:
    try:
        found = json.loads(value)
    except ValueError:
        return [value]
    return found if isinstance(found, list) else [found]


def _output_names(values: list[str]) -> list[str]:
    outputs = [output for value in values for output in _parsed(value)]
    return [str(o.get("name", "")) if isinstance(o, dict) else "" for o in outputs]


def _whole(
    calls: list[JsonObject], answered: list[str], tools: list[str]
) -> list[tuple[str, JsonObject]]:
    """Return the calls under the name of their output, else of the only tool that ends like it."""
    answered = answered if len(answered) == len(calls) else [""] * len(calls)
    made = []
    for call, output in zip(calls, answered, strict=True):
        cut = call["name"]
        fitting = [name for name in tools if name.endswith(cut)]
        whole = output if output in fitting else fitting[0] if len(fitting) == 1 else cut
        made.append((whole, call["arguments"]))
    return made
