"""A dialogue made of nothing but a tool and one usage exchange, held against the rules."""

from dataclasses import replace

from toolace_mt.initialization.texts import drafted_texts
from toolace_mt.seeds import derive_random
from toolace_mt.texts.drawn_calls import draw_steps
from toolace_mt.texts.requests import wish_of
from toolace_mt.trajectory import SubTask, Task, Tool, Trajectory, Turn, UsageExample
from toolace_mt.verification import check

_SEEDS = 2


def objection(tool: Tool, exchange: UsageExample) -> str | None:
    """Return what the rules say against the texts of an exchange, None if they are content."""
    tried = replace(tool, usage=(exchange,))
    for seed in range(_SEEDS):
        dialogue = _dialogue(tried, seed)
        for found in check(dialogue):
            if found.severity == "error" and found.turn in (0, len(dialogue.turns) - 1):
                return f"{found.check}: {found.message}"
    return None


def _dialogue(tool: Tool, seed: int) -> Trajectory:
    subtask = SubTask(wish_of(tool)[0], ((tool.name,),))
    rng = derive_random("trial", seed)
    tools = {tool.name: tool}
    steps = draw_steps(subtask, 0, tools, (), rng)
    texts = drafted_texts((), steps, tools, rng)
    turns = (
        Turn("user", texts.user, subtask=0),
        *steps,
        Turn("assistant", texts.reply, subtask=0),
    )
    return Trajectory(f"trial-{seed}", seed, (tool,), Task((subtask,)), turns)
