"""Public tool-calling dialogues that nobody here wrote, as OpenAI-style JSON Lines.

    python benchmarks/public_dialogues.py CLONES OUT

`CLONES` holds clones of the repositories in `SOURCES`, each under its own name (those that are not
there are skipped); `OUT` gets a file for each source. None of the data is part of this repository.
What is converted is form alone: who speaks when, calls with ids, tools as JSON Schema. Calls,
arguments, outputs and texts stay as they are published, mistakes included.
"""

import argparse
import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from toolace_mt.trajectory import JsonObject

_GIVEN = "Here is a list of functions in JSON format that you can invoke:\n"


@dataclass(frozen=True, slots=True)
class Source:
    """Where dialogues were published, and how they are read from a clone.

    `replies`: whether the published data have outputs and replies, or requests and calls alone.
    """

    repository: str
    commit: str
    licence: str
    path: str
    what: str
    read: Callable[[Path], Iterator[JsonObject]]
    replies: bool = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, source in SOURCES.items():
        clone = options.clones / source.repository.split("/")[1]
        rows = list(source.read(clone)) if (clone / source.path).exists() else []
        if rows:
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (options.out / f"{name}.jsonl").write_text(lines, "utf-8")
        print(f"{name}: {len(rows)} dialogues")


# --- messages ------------------------------------------------------------------------------------


class Messages:
    """Messages in the making; calls get ids in order."""

    def __init__(self, system: str = "") -> None:
        self.made: list[JsonObject] = []
        self._ids = 0
        if system:
            self.say("system", system)

    def say(self, role: str, text: str) -> None:
        """Add a message."""
        self.made.append({"role": role, "content": text})

    def call(self, calls: list[tuple[str, JsonObject]], text: str = "") -> list[str]:
        """Add a message of calls, and return their ids."""
        ids = [f"call{self._ids + place:05d}" for place in range(len(calls))]
        self._ids += len(calls)
        made = [
            {"id": i, "type": "function", "function": {"name": name, "arguments": arguments}}
            for i, (name, arguments) in zip(ids, calls, strict=True)
        ]
        self.made.append({"role": "assistant", "content": text, "tool_calls": made})
        return ids

    def output(self, call_id: str, content: Any) -> None:
        """Add what a call returned."""
        text = content if isinstance(content, str) else json.dumps(content)
        self.made.append({"role": "tool", "tool_call_id": call_id, "content": text})


def _row(name: str, messages: Messages, tools: list[JsonObject]) -> JsonObject:
    return {"id": name, "messages": messages.made, "tools": tools}


def _literals(path: Path, names: set[str]) -> dict[str, dict[str, Any]]:
    """Return what a Python file assigns to some names in each of its classes; nothing is run."""
    found: dict[str, dict[str, Any]] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else ():
            target = inner.targets[0] if isinstance(inner, ast.Assign) else None
            if (
                isinstance(target, ast.Name)
                and target.id in names
                and isinstance(node, ast.ClassDef)
            ):
                found.setdefault(node.name, {})[target.id] = ast.literal_eval(inner.value)
    return found


# --- sources -------------------------------------------------------------------------------------


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
        for name, said in _literals(path, {"description", "parameters", "requires_auth"}).items():
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
        yield _row(path.stem, messages, [tools[name] for name in sorted(tools)])


def _with_token(said: dict[str, Any]) -> JsonObject:
    """Return the parameters of a tool; the token that its code takes stands in no definition."""
    token = {"session_token": {"type": "string", "required": True}}
    return {**said["parameters"], **(token if said.get("requires_auth") else {})}


def api_bank(clone: Path) -> Iterator[JsonObject]:
    """Conversations written by people around real tools; the files without a tool search."""
    tools: dict[str, JsonObject] = {}
    for path in clone.glob("api-bank/apis/*.py"):
        for name, said in _literals(path, {"description", "input_parameters"}).items():
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
        yield _row(path.stem, messages, [tools[n] for n in dict.fromkeys(names) if n in tools])


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
        yield _row(f"toolace{number}", messages, tools)


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


def bfcl_multi_turn(clone: Path) -> Iterator[JsonObject]:
    """The right calls of a benchmark's several-turn tasks; no outputs, no replies."""
    data = clone / BFCL
    for kind in ("base", "miss_func", "miss_param", "long_context"):
        answers = _by_id(data / "possible_answer" / f"BFCL_v4_multi_turn_{kind}.json")
        for name, task in _by_id(data / f"BFCL_v4_multi_turn_{kind}.json").items():
            tools = [tool for used in task["involved_classes"] for tool in _functions(data, used)]
            orders = {tool["name"]: list(tool["parameters"]["properties"]) for tool in tools}
            messages = Messages()
            turns = zip(task["question"], answers[name]["ground_truth"], strict=True)
            for asked, calls in turns:
                for message in asked:
                    messages.say(message["role"], message["content"])
                if calls:
                    messages.call([_python_call(call, orders) for call in calls])
            yield _row(name, messages, tools)


def _functions(data: Path, class_name: str) -> Iterator[JsonObject]:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", class_name).lower()
    files = {"twitter_api": "posting_api", "travel_api": "travel_booking"}
    files |= {"vehicle_control_api": "vehicle_control"}
    path = data / "multi_turn_func_doc" / f"{files.get(snake, snake)}.json"
    yield from (json.loads(line) for line in path.read_text("utf-8").splitlines())


def _python_call(text: str, orders: dict[str, list[str]]) -> tuple[str, JsonObject]:
    """Read `cd(folder='a')`, or `sort('a')` with arguments in the order of the parameters."""
    node = ast.parse(text, mode="eval").body
    if not isinstance(node, ast.Call):
        raise ValueError(f"not a call: {text}")
    name = ast.unparse(node.func)
    given = dict(zip(orders.get(name, ()), map(ast.literal_eval, node.args), strict=False))
    return name, given | {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}


def bfcl_single_turn(clone: Path) -> Iterator[JsonObject]:
    """Requests with the right calls of a benchmark; the first of the values it accepts."""
    data = clone / BFCL
    for kind in SINGLE:
        answers = _by_id(data / "possible_answer" / f"BFCL_v4_{kind}.json")
        for name, task in _by_id(data / f"BFCL_v4_{kind}.json").items():
            messages = Messages()
            for message in task["question"][0]:
                messages.say(message["role"], message["content"])
            calls = [next(iter(call.items())) for call in answers[name]["ground_truth"]]
            messages.call([(tool, _first_choice(arguments)) for tool, arguments in calls])
            yield _row(name, messages, task["function"])


def _first_choice(options: Any) -> Any:
    """Return the first of the accepted values of each field, at any depth.

    "" among them says that the argument may be absent; alone, that it is.
    """
    if isinstance(options, list):
        return [_first_choice(item) for item in options]
    if not isinstance(options, dict):
        return options
    made = {}
    for name, values in options.items():
        accepted = [value for value in values if value != ""] if isinstance(values, list) else []
        if accepted or values != [""]:
            made[name] = _first_choice(accepted[0] if accepted else values)
    return made


def _by_id(path: Path) -> dict[str, JsonObject]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {row["id"]: row for row in rows}


TAU = "historical_trajectories/gpt-4o-airline.json"
GLAIVE = "data/glaive_toolcall_en_demo.json"
TOOLACE = "sharegpt_func_fixed.json"
BFCL = "berkeley-function-call-leaderboard/bfcl_eval/data"
SINGLE = (
    *("simple_python", "multiple", "parallel", "parallel_multiple"),
    *("live_simple", "live_multiple", "live_parallel", "live_parallel_multiple"),
)

SOURCES = {
    "tau_airline": Source(
        "sierra-research/tau-bench",
        "59a200c6d575d595120f1cb70fea53cef0632f6b",
        "MIT",
        TAU,
        "trajectories of GPT-4o with a simulated customer and real tools",
        tau_airline,
    ),
    "tool_talk": Source(
        "microsoft/ToolTalk",
        "e05f4ce6132c80ed33392b81535b077d56ab28fd",
        "MIT",
        "data",
        "conversations with calls checked by people and real outputs",
        tool_talk,
    ),
    "api_bank": Source(
        "AlibabaResearch/DAMO-ConvAI",
        "483554eae102996f5ec1f4feab4e78ef29c2a394",
        "Apache-2.0",
        "api-bank/lv1-lv2-samples",
        "conversations written by people, real outputs",
        api_bank,
    ),
    "glaive": Source(
        "hiyouga/LLaMA-Factory",
        "ff6d4d12eeb035d6ce06805a5733dd7b29f2ac30",
        "Apache-2.0",
        GLAIVE,
        "conversations written by a model (a sample of glaive-function-calling-v2)",
        glaive,
    ),
    "tool_ace": Source(
        "zaego123/ToolACE_data",
        "5f6a01de7fef49add7be213a7f19b07832452b0f",
        "Apache-2.0 (of ToolACE; the repository names none)",
        TOOLACE,
        "conversations written by models (a sample of ToolACE)",
        tool_ace,
    ),
    "bfcl_multi_turn": Source(
        "ShishirPatil/gorilla",
        "6ea57973c7a6097fd7c5915698c54c17c5b1b6c8",
        "Apache-2.0",
        BFCL,
        "right calls of tasks of several turns",
        bfcl_multi_turn,
        replies=False,
    ),
    "bfcl_single_turn": Source(
        "ShishirPatil/gorilla",
        "6ea57973c7a6097fd7c5915698c54c17c5b1b6c8",
        "Apache-2.0",
        BFCL,
        "right calls of single requests",
        bfcl_single_turn,
        replies=False,
    ),
}

if __name__ == "__main__":
    main()
