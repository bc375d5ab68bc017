"""One question to the model: its instruction, the schema of its answer, and its parser."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from toolace_mt.calls import prompt as layout
from toolace_mt.calls.ask import Unreadable, Unusable, closed, read_json, send
from toolace_mt.calls.request import Generate, Request
from toolace_mt.config import Sampling
from toolace_mt.trajectory import JsonObject, Trajectory

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """What one model call asks, and how its answer is read.

    `schema` describes an object or an array and constrains the answer. `parse` gets the answer's
    JSON value (an object, unless the schema is an array's) and raises Unreadable for one that does
    not answer the question. `example` is a sample answer. It stands last in the prompt, because a
    weak model imitates what it has read last.
    """

    instruction: str
    schema: JsonObject
    parse: Callable[[Any], T]
    example: JsonObject | None = None

    def prompt(self) -> str:
        """Return the end of the prompt: the instruction, then the example if there is one."""
        if self.example is None:
            return self.instruction
        return f"{self.instruction}\nExample:\n{layout.compact(self.example)}"

    def read(self, text: str) -> T:
        """Parse the text of an answer; raises Unreadable."""
        answer = read_json(text)
        if not isinstance(answer, dict) and self.schema.get("type") != "array":
            raise Unreadable("not a JSON object")
        return self.parse(answer)


async def ask(
    question: Question[T],
    trajectory: Trajectory,
    generate: Generate,
    sampling: Sampling,
    *,
    stage: str,
    kind: str,
    seed: int,
    round: int = 0,
    slot: str = "",
    shown: str = "",
    tools: bool = True,
    answers: int = 1,
) -> T | Unusable:
    """Ask one question about a dialogue; Unusable if no attempt gave a readable answer.

    `stage`, `kind`, `round` and `slot` say what the call is for (see `Request`). The prompt is the
    preamble, the dialogue's tools (if `tools`), `shown` (the part of the dialogue that the question
    needs), and the question. One call may ask for several `answers`; `sampling.max_tokens` is the
    limit for each of them.
    """
    # Prompts without tools begin as those of all dialogues do; the manner stands behind that.
    manner = "" if tools else layout.manner(trajectory)
    prompt = "\n\n".join(filter(None, [shown, manner, question.prompt()]))
    if question.example is not None and trajectory.scenario.language:
        name = layout.LANGUAGE_NAMES[trajectory.scenario.language]
        prompt += f"\nThe example is in English. Write your answer in {name}."
    request = Request(
        dialogue=trajectory.id,
        stage=stage,
        kind=kind,
        round=round,
        slot=slot,
        system=layout.system(trajectory, tools=tools),
        user=prompt,
        schema=question.schema,
        seed=seed,
        max_tokens=sampling.max_tokens * answers,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
    )
    return await send(generate, request, question.read, sampling.attempts)


def together(questions: Mapping[str, Question[T]], instruction: str = "") -> Question[dict[str, T]]:
    """Return one question that asks all of `questions`; its answer has an object under each name.

    A single question keeps its prompt and its schema. An `instruction` takes the place of all of
    theirs, also of a single one, which then has a name like any other.
    """
    if len(questions) == 1 and not instruction:
        ((only, alone),) = questions.items()
        return Question(
            alone.instruction, alone.schema, lambda a: {only: alone.parse(a)}, alone.example
        )
    asked = "\n\n".join(f'"{name}": {each.instruction}' for name, each in questions.items())
    examples = {name: each.example for name, each in questions.items() if each.example is not None}

    def parse(answer: JsonObject) -> dict[str, T]:
        read: dict[str, T] = {}
        for name, each in questions.items():
            if not isinstance(answer.get(name), dict):
                raise Unreadable(f"{name}: missing, or no object")
            read[name] = each.parse(answer[name])
        return read

    return Question(
        instruction
        or f"{asked}\n\nAnswer all of these in one JSON object: {', '.join(questions)}.",
        closed({name: each.schema for name, each in questions.items()}),
        parse,
        examples or None,
    )
