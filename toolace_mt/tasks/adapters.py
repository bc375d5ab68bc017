"""Tasks in libraries of reinforcement learning: rows as they read them, and rewards.

Rows are those of the `tasks` format: `prompt`, `tools`, and the key as JSON text in `answer`.
Nothing is imported from the libraries.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from toolace_mt.tasks.check import score

Row = Mapping[str, Any]
_CALL = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_END = re.compile(r"<\|im_end\|>.*", re.DOTALL)


def message_of(text: str) -> dict[str, Any]:
    """Return the message that a text is with calls in Hermes' form, as Qwen's models write them.

    A call is JSON between `<tool_call>` tags; one that cannot be read is a call without a name, so
    that it is scored as wrong. Thoughts between `<think>` tags, and what follows the end of the
    turn, are left out.
    """
    text = _END.sub("", _THOUGHT.sub("", text))
    calls = [{"function": _parsed(found)} for found in _CALL.findall(text)]
    said, _, cut_off = _CALL.sub("", text).partition("<tool_call>")
    calls += [{"function": {}}] if cut_off else []
    message: dict[str, Any] = {"role": "assistant", "content": said.strip()}
    return {**message, "tool_calls": calls} if calls else message


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}


def trl_row(row: Row, render: Callable[..., str]) -> dict[str, Any]:
    """Return a row for `GRPOTrainer` whose prompt is text, with the row's own tools in it.

    TRL 1.16 renders conversational prompts with the trainer's tools alone, never with those of
    the row. `render` is the tokenizer's `apply_chat_template`.
    """
    prompt = render(row["prompt"], tools=row["tools"], tokenize=False, add_generation_prompt=True)
    return {"prompt": prompt, "answer": row["answer"]}


def trl_reward(completions: Sequence[Any], answer: Sequence[str], **_: Any) -> list[float]:
    """Return the rewards of some completions: a reward function for TRL's `GRPOTrainer`.

    A completion is a text (see `message_of`) or a list of messages, of which the first is scored.
    """
    pairs = zip(completions, answer, strict=True)
    return [score(key, _first(completion)).reward for completion, key in pairs]


def verifiers_row(row: Row) -> dict[str, Any]:
    """Return a row for a `SingleTurnEnv` of `verifiers` 0.1.14, with the row's own tools in `info`.

    `info` is JSON text: as an object, its keys would be padded with nulls by `datasets`. Arguments
    in the prompt are text, and calls are flat, as its messages are.
    """
    tools = [tool["function"] for tool in row["tools"]]
    prompt = [_flat_calls(message) for message in row["prompt"]]
    info = json.dumps({"tool_defs": tools}, ensure_ascii=False)
    return {"prompt": prompt, "answer": row["answer"], "info": info}


def verifiers_reward(completion: Any, answer: str, **_: Any) -> float:
    """Return the reward of a completion: a function for a `Rubric` of `verifiers`."""
    return score(answer, _first(completion)).reward


def nemo_gym_row(row: Row) -> dict[str, Any]:
    """Return a row for NeMo Gym's `single_step_tool_use_with_argument_comparison`.

    The context is items of OpenAI's Responses API, tools are flat, arguments are text. That server
    compares with the call as it is; the key goes along in `answer`.
    """
    items = [item for message in row["prompt"] for item in _items(message)]
    tools = [{"type": "function", **tool["function"], "strict": False} for tool in row["tools"]]
    parameters = {"input": items, "tools": tools, "parallel_tool_calls": True}
    action = _expected_action(json.loads(row["answer"]), row["reply"])
    return {
        "responses_create_params": parameters,
        "expected_action": action,
        "answer": row["answer"],
        "id": row["id"],
        "message": row["message"],
    }


def _first(completion: Any) -> Any:
    if isinstance(completion, str):
        return message_of(completion)
    message = completion[0] if isinstance(completion, Sequence) and completion else ""
    if not isinstance(message, Mapping) and hasattr(message, "model_dump"):
        message = message.model_dump()
    if isinstance(message, Mapping) and not message.get("tool_calls"):
        content = message.get("content")
        return message_of(content) if isinstance(content, str) else message
    return message


def _arguments(call: Row) -> str:
    return json.dumps(call["function"]["arguments"], ensure_ascii=False)


def _flat_calls(message: Row) -> dict[str, Any]:
    if "tool_calls" not in message:
        return {key: value for key, value in message.items() if key != "name"}
    calls = [
        {"id": call["id"], "name": call["function"]["name"], "arguments": _arguments(call)}
        for call in message["tool_calls"]
    ]
    return {**message, "tool_calls": calls}


def _items(message: Row) -> list[dict[str, Any]]:
    role, content = message["role"], message["content"]
    if role == "tool":
        call_id = message["tool_call_id"]
        return [{"type": "function_call_output", "call_id": call_id, "output": content}]
    said = [{"type": "message", "role": role, "content": content}] if content else []
    return said + [
        {
            "type": "function_call",
            "call_id": call["id"],
            "name": call["function"]["name"],
            "arguments": _arguments(call),
        }
        for call in message.get("tool_calls", ())
    ]


def _expected_action(key: Mapping[str, Any], reply: str) -> dict[str, Any]:
    if key["expects"] == "reply":
        return {"type": "message", "content": reply}
    calls = [
        {
            "type": "function_call",
            "name": call["name"],
            "arguments": json.dumps(call["arguments"], ensure_ascii=False),
        }
        for call in key["calls"]
    ]
    return calls[0] if len(calls) == 1 else {"type": "function_call_batch", "calls": calls}
