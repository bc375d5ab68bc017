"""Complexity injection by mask-and-extend: one turn becomes several (stage 2, first operation).

The turn is masked, the model writes the texts of the turns that take its place, and the dialogue
goes on behind them as it did before.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from toolace_mt.config import RefinementConfig, Sampling
from toolace_mt.engine.answers import closed, read_object
from toolace_mt.engine.ask import Unusable, ask
from toolace_mt.engine.base import Generate, Request
from toolace_mt.prompts import layout, render
from toolace_mt.refinement.conversation import clarification, late_tool, non_fc, unsupported
from toolace_mt.refinement.extension import Extension
from toolace_mt.refinement.grounded import read_text
from toolace_mt.refinement.mishaps import bad_arguments, failing_tool
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.slots import spoken, text_schema
from toolace_mt.trajectory import Injection, JsonObject, Trajectory, Turn

Variant = Callable[[Trajectory, int, random.Random], Extension | None]
VARIANTS: dict[Injection, tuple[Variant, ...]] = {
    "clarification": (clarification,),
    "tool_awareness": (unsupported, late_tool),
    "error_simulation": (failing_tool, bad_arguments),
    "non_fc": (non_fc,),
}
_LONGEST = 240  # characters of an injected text without slots
_SHOWN = 2  # task examples in the prompt


@dataclass(frozen=True, slots=True)
class Injected:
    """A dialogue with the injection in it (not yet adopted), and what it replaced."""

    trajectory: Trajectory
    kind: Injection
    index: int
    before: tuple[Turn, ...]
    after: tuple[Turn, ...]


def draw_injections(seed: int, config: RefinementConfig) -> tuple[Injection, ...]:
    """Draw which injections a dialogue gets: how many, and of which types, from its seed.

    No type comes a second time before every other has come once.
    """
    rng = derive_random(seed, "refinement", "injections")
    weights = config.mix.weights()
    drawn: list[Injection] = []
    left = dict(weights)
    for _ in range(rng.randint(*config.injections)):
        drawn.append(rng.choices(list(left), list(left.values()))[0])
        del left[drawn[-1]]
        left = left or dict(weights)
    return tuple(drawn)


async def inject(
    trajectory: Trajectory,
    kind: Injection,
    round: int,
    generate: Generate,
    sampling: Sampling,
    *,
    delexicalized: bool,
) -> Injected | Unusable | None:
    """Return the dialogue extended by one injection of `kind`; None if no turn can take it."""
    rng = derive_random(trajectory.seed, "refinement", round, "inject", kind)
    extension = next(_possible(trajectory, kind, rng), None)
    if extension is None:
        return None
    request = Request(
        dialogue=trajectory.id,
        stage="refinement",
        kind="inject",
        round=round,
        slot=extension.variant,
        system=layout.system(trajectory),
        user=_prompt(trajectory, extension, delexicalized, rng),
        schema=_schema(extension, delexicalized),
        seed=derive_seed(trajectory.seed, "refinement", round, "inject"),
        max_tokens=sampling.max_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
    )
    texts = await ask(
        generate, request, lambda text: _parse(text, extension, delexicalized), sampling.attempts
    )
    if isinstance(texts, Unusable):
        return texts
    index, turns = extension.index, trajectory.turns
    after = extension.apply(trajectory, texts)
    extended = replace(
        trajectory, tools=extension.tools, turns=(*turns[:index], *after, *turns[index + 1 :])
    )
    return Injected(extended, kind, index, (turns[index],), after)


def _possible(trajectory: Trajectory, kind: Injection, rng: random.Random) -> Iterator[Extension]:
    """Yield ways to inject `kind`, in an order drawn from the seed; no turn is extended twice."""
    role = "assistant" if kind == "error_simulation" else "user"
    open_turns = [
        index
        for index, turn in enumerate(trajectory.turns)
        if turn.role == role and turn.injection is None and turn.subtask >= 0
    ]
    pairs = [(variant, index) for variant in VARIANTS[kind] for index in open_turns]
    for variant, index in rng.sample(pairs, len(pairs)):
        extension = variant(trajectory, index, rng)
        if extension is not None:
            yield extension


def _prompt(
    trajectory: Trajectory, extension: Extension, delexicalized: bool, rng: random.Random
) -> str:
    known = _examples()[extension.variant]
    shown = rng.sample(known, min(_SHOWN, len(known)))
    instruction = render(
        f"refinement/{extension.variant}",
        index=extension.index,
        notes=extension.notes,
        delexicalized=delexicalized,
        examples=[_tailored(example, extension, delexicalized) for example in shown],
        texts={
            name: {
                "slots": ["{" + slot + "}" for slot in text.said.slots],
                "values": [spoken(value) for value in text.said.values.values()],
            }
            for name, text in extension.texts.items()
        },
    )
    context = layout.slotted_context if delexicalized else layout.context
    return f"{context(trajectory, {extension.index: '[MASK]'})}\n\n{instruction}"


def _tailored(example: JsonObject, extension: Extension, delexicalized: bool) -> JsonObject:
    """Return a task example, for weak models with this dialogue's own slots in it."""
    tailored: JsonObject = {}
    for name, text in example.items():
        wanted = extension.texts[name]
        own = wanted.said.template if delexicalized else ""
        missing = "{" + wanted.said.slots[0] + "}" if wanted.said.slots else ""
        about = extension.notes.get("words", "")
        tailored[name] = own or text.replace("{about}", about).replace("{missing}", missing)
    return tailored


@cache
def _examples() -> dict[str, list[JsonObject]]:
    path = files("toolace_mt.prompts").joinpath("refinement", "examples.json")
    loaded: dict[str, list[JsonObject]] = json.loads(path.read_text("utf-8"))
    return loaded


def _schema(extension: Extension, delexicalized: bool) -> JsonObject:
    properties = {
        name: text_schema(
            text.said.slots if delexicalized else None,
            question=text.question,
            about=text.about,
            longest=_LONGEST if not text.said.slots else 600,
        )
        for name, text in extension.texts.items()
    }
    return closed(properties)


def _parse(text: str, extension: Extension, delexicalized: bool) -> dict[str, str]:
    answer = read_object(text)
    return {
        name: read_text(answer, name, text.said, delexicalized)
        for name, text in extension.texts.items()
    }
