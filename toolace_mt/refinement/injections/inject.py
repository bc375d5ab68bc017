"""Complexity injection by mask-and-extend: one turn becomes several (stage 2, first operation).

The turn is masked and the model writes the texts of the turns that replace it. The rest of the
dialogue stays as it is. One call may write several injections.
"""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from toolace_mt.calls.ask import Unusable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question, ask, together
from toolace_mt.calls.request import Generate
from toolace_mt.config import RefinementConfig
from toolace_mt.policies.confirm import unconfirmed
from toolace_mt.refinement.injections import EXAMPLES, KINDS
from toolace_mt.refinement.injections.confirmation import confirm
from toolace_mt.refinement.injections.extension import Extension
from toolace_mt.refinement.mask import as_shown
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.texts.constrained import held, read_text, text_schema, worded
from toolace_mt.texts.examples import spoken_text
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import (
    INJECTION_KINDS,
    INJECTIONS,
    Injection,
    JsonObject,
    Tool,
    Trajectory,
    Turn,
)

_LONGEST = 240  # characters of an injected text without slots
_SHOWN = 2  # task examples in the prompt


@dataclass(frozen=True, slots=True)
class Injected:
    """An injection that is written but not adopted: the turns that replace turn `index`."""

    kind: Injection
    index: int
    before: tuple[Turn, ...]
    after: tuple[Turn, ...]
    tools: tuple[Tool, ...]

    def apply(self, trajectory: Trajectory) -> Trajectory:
        """Return the dialogue with the injection.

        Its turns up to `index` must be those that the injection was written for.
        """
        turns = trajectory.turns
        kept = tuple(tool for tool in trajectory.tools if tool in self.tools)
        return replace(
            trajectory,
            # Keep the same tuple if no tool was removed: caches know it by identity.
            tools=trajectory.tools if len(kept) == len(trajectory.tools) else kept,
            turns=(*turns[: self.index], *self.after, *turns[self.index + 1 :]),
        )


def possible(trajectory: Trajectory) -> tuple[Injection, ...]:
    """Return the kinds that a dialogue may have: requests are declined where a policy says so.

    The rule is named in its own words, which are English.
    """
    scenario = trajectory.scenario
    forbids = not scenario.language and any(r.then != "confirm" for r in scenario.policy)
    return tuple(kind for kind in INJECTIONS if forbids or kind != "policy")


def draw_injections(
    seed: int, config: RefinementConfig, among: Collection[Injection] = INJECTIONS
) -> tuple[Injection, ...]:
    """Return the injections of a dialogue: their number and kinds, drawn from its seed.

    No kind is drawn a second time before every other kind was drawn once, and none that is not
    `among` those that can be played.
    """
    rng = derive_random(seed, "refinement", "injections")
    weights = {kind: weight for kind, weight in config.mix.weights().items() if kind in among}
    if not weights:
        return ()
    drawn: list[Injection] = []
    left = dict(weights)
    for _ in range(rng.randint(*config.injections)):
        drawn.append(rng.choices(list(left), list(left.values()))[0])
        del left[drawn[-1]]
        left = left or dict(weights)
    return tuple(drawn)


def by_round(
    injections: tuple[Injection, ...], config: RefinementConfig
) -> list[tuple[Injection, ...]]:
    """Return the injections of each round, first round first."""
    together = config.injecting == "together" and injections
    return [injections] if together else [(kind,) for kind in injections]


def plan_injections(
    trajectory: Trajectory, kinds: Sequence[Injection], round: int, *, live: bool = False
) -> tuple[Extension, ...]:
    """Work out one extension of each kind that some turn can take, each of another turn.

    `live`: calls are made for real, so that what they return cannot be made up. Confirmations that
    the dialogue's policy demands come first, and beside those that `kinds` asks for.
    """
    rng = derive_random(trajectory.seed, "refinement", round, "confirm")
    open_turns = (i for i in unconfirmed(trajectory) if trajectory.turns[i].injection is None)
    demanded = (confirm(trajectory, index, rng) for index in open_turns)
    found = [extension for extension in demanded if extension is not None]
    for kind in kinds:
        rng = derive_random(trajectory.seed, "refinement", round, "inject", kind)
        taken = {extension.index for extension in found}
        extension = next(_possible(trajectory, kind, taken, rng, live), None)
        if extension is not None:
            found.append(extension)
    return tuple(found)


async def inject(
    trajectory: Trajectory,
    extensions: Sequence[Extension],
    round: int,
    generate: Generate,
    config: RefinementConfig,
    *,
    constrained: bool,
) -> tuple[Injected, ...] | Unusable:
    """Return the planned extensions of `trajectory`, written in one call; Unusable if unreadable.

    The last turn's injection comes first, so applying them in order shifts no index still needed.
    """
    if not extensions:
        return ()
    rng = derive_random(trajectory.seed, "refinement", round, "inject", "examples")
    # Where the grammar holds the values, the examples have all of them: nothing else is shown.
    bare = constrained and config.context in ("turns", "examples")
    lean = bare and config.context == "examples"
    language = trajectory.scenario.language
    questions = {
        f"{extension.kind if lean else 'injection'}_{number}": _question(
            extension, constrained, bare, rng, language
        )
        for number, extension in enumerate(extensions, 1)
    }
    instruction = render("refinement/inject_examples", kinds=INJECTION_KINDS) if lean else ""
    taken = [extension.index for extension in extensions]
    answers = await ask(
        together(questions, instruction),
        *(trajectory, generate, config.sampling),
        stage="refinement",
        kind="inject",
        round=round,
        slot="-".join(extension.variant for extension in extensions),
        seed=derive_seed(trajectory.seed, "refinement", round, "inject"),
        shown="" if bare else as_shown(trajectory, taken, config),
        tools=not bare,
    )
    if isinstance(answers, Unusable):
        return answers
    written = [
        Injected(
            extension.kind,
            extension.index,
            (trajectory.turns[extension.index],),
            extension.apply(trajectory, texts),
            extension.tools,
        )
        for extension, texts in zip(extensions, answers.values(), strict=True)
    ]
    return tuple(sorted(written, key=lambda each: -each.index))


def fails_in_vain(after: Sequence[Turn]) -> str:
    """Return why injected turns are of no use once their calls are made: one was to fail, or "".

    All calls but those of the last turn are made to fail.
    """
    outputs = [output for turn in after for output in turn.outputs]
    return "" if all(output.error for output in outputs) else "the call does not fail"


def _possible(
    trajectory: Trajectory, kind: Injection, taken: set[int], rng: random.Random, live: bool
) -> Iterator[Extension]:
    """Yield ways to inject `kind`, in an order drawn from the seed; no turn is extended twice."""
    role, other = KINDS[kind].role, "simulated" if live else "live"
    variants = [variant for variant in KINDS[kind].variants if variant.made != other]
    open_turns = [
        index
        for index, turn in enumerate(trajectory.turns)
        if turn.role == role and turn.injection is None and turn.subtask >= 0
    ]
    pairs = [(variant, index) for variant in variants for index in open_turns if index not in taken]
    for variant, index in rng.sample(pairs, len(pairs)):
        extension = variant.extend(trajectory, index, rng)
        if extension is not None:
            yield extension


def _question(
    extension: Extension, constrained: bool, bare: bool, rng: random.Random, language: str
) -> Question[dict[str, str]]:
    known = EXAMPLES[extension.variant]
    shown = rng.sample(known, min(_SHOWN, len(known)))
    examples = [
        _own(example, extension) if constrained else _spoken(example, extension, rng)
        for example in shown
    ]
    last = examples.pop() if constrained else None
    instruction = render(
        "refinement/inject",
        # Without the turn number, all dialogues share the beginning as a cached prefix.
        place="" if bare else f"turn [{extension.index}], ",
        role=KINDS[extension.kind].role,
        situation=extension.situation,
        constrained=constrained,
        examples=examples,
        texts={
            name: {
                "wanted": text.wanted,
                "holds": held(text.said.slots, text.said.values),
                "values": [spoken(value) for value in text.said.values.values()],
            }
            for name, text in extension.texts.items()
        },
    )

    def parse(answer: JsonObject) -> dict[str, str]:
        return {
            name: read_text(
                answer, name, text.said.slots if constrained else None, text.said.values
            )
            for name, text in extension.texts.items()
        }

    return Question(instruction, _schema(extension, constrained, language), parse, last)


def _own(example: dict[str, str], extension: Extension) -> JsonObject:
    """Return a task example with this dialogue's values in it."""
    tailored: JsonObject = {}
    for name, text in example.items():
        said = extension.texts[name].said
        missing = "{" + said.slots[0] + "}" if said.slots else ""
        own = text.replace("{about}", extension.about).replace("{missing}", missing)
        tailored[name] = worded(said.template or own, said.values)
    return tailored


def _spoken(example: dict[str, str], extension: Extension, rng: random.Random) -> JsonObject:
    """Return a task example with values in it: this dialogue's where it has one, or drawn."""
    missing = {n: next(iter(t.said.values.values()), "") for n, t in extension.texts.items()}
    return {
        name: spoken_text(text, {"about": extension.about, "missing": missing[name]}, rng)
        for name, text in example.items()
    }


def _schema(extension: Extension, constrained: bool, language: str) -> JsonObject:
    properties = {
        name: text_schema(
            held(text.said.slots, text.said.values) if constrained else None,
            like=worded(text.said.template, text.said.values),
            question=text.question,
            about=text.about,
            longest=_LONGEST if not text.said.slots else 600,
            language=language,
        )
        for name, text in extension.texts.items()
    }
    return closed(properties)
