"""ATIF, Harbor's format for trajectories of agents: steps with calls and observations."""

from typing import Any

from toolace_mt.trajectory import JsonObject

_SOURCES = {"user": "user", "agent": "assistant", "system": "system"}


def is_atif(row: JsonObject) -> bool:
    """Say whether a row is an ATIF trajectory, which its steps show."""
    steps = row.get("steps")
    if not isinstance(steps, list) or not steps:
        return False
    version = row.get("schema_version")
    said = isinstance(version, str) and version.startswith("ATIF")
    return said or (isinstance(steps[0], dict) and "source" in steps[0])


def read_atif(steps: list[Any]) -> list[Any]:
    """Return the messages of steps; the observations of a step follow it."""
    messages: list[Any] = []
    for step in steps:
        if not isinstance(step, dict):
            messages.append(step)
            continue
        source = step.get("source")
        role = _SOURCES.get(source, source) if isinstance(source, str) else source
        calls = step.get("tool_calls")
        message = {"role": role, "content": step.get("message"), "tool_calls": calls}
        message["reasoning_content"] = step.get("reasoning_content")
        observation = step.get("observation")
        results = observation.get("results") if isinstance(observation, dict) else None
        if not (role == "system" and results and not step.get("message")):
            messages.append(message)
        for result in results if isinstance(results, list) else ():
            if calls and isinstance(result, dict):
                messages.append({**result, "role": "tool"})
            else:
                messages.append({"role": "observation of no call"})
    return messages
