"""The rule on leftovers knows the wording of our own prompts."""

import asyncio
import re
from collections.abc import Iterator
from functools import cache

import pytest
from stage_worlds import Recorder, skeleton

from toolace_mt.calls.prompt import render
from toolace_mt.config import InitializationConfig, RefinementConfig
from toolace_mt.refinement import refine
from toolace_mt.trajectory import Trajectory, Turn
from toolace_mt.verification.rules import check

FREE = InitializationConfig(subtasks=(2, 2), steps=(1, 2))
_OF_A_TEXT = re.compile(
    r"- (?:user|assistant|next_user|reply|turn_\d+): (.*\b(?:user|assistant)\b.*)"
)
_BASELINE = ("request", "leave_out", "supply", "chat", "unsupported", "add_tool", "insist")


@cache
def instructions() -> frozenset[str]:
    """What prompts for freely written texts say about a text: one line each, without its name."""
    generate = Recorder()

    async def made() -> None:
        for number in range(8):
            config = RefinementConfig(passes=2, injections=(2, 2))
            await refine(
                await skeleton(number, FREE, generate), generate, config, FREE.writing, check
            )
            await refine(await skeleton(number), generate, config, FREE.writing, check)

    asyncio.run(made())
    prompts = (r.user.rpartition("\n\n")[2] for r in generate.requests if r.kind != "judge")
    return frozenset(_lines(prompts))


def _lines(prompts: Iterator[str]) -> Iterator[str]:
    for prompt in prompts:
        for line in prompt.splitlines():
            if match := _OF_A_TEXT.fullmatch(line):
                yield match[1]


def baseline_instructions() -> Iterator[str]:
    """What the baseline's prompts tell its user, a line each."""
    for does in _BASELINE:
        for said in (["a city"], []):
            prompt = render(
                "simulation/user",
                does=does,
                goal="Book a flight.",
                about="city",
                holds=None,
                said=said,
                names=[],
                examples=[],
            )
            yield from prompt.splitlines()[:-1]  # the last shows the answer's form


def errors(*contents: str) -> set[int]:
    roles = ("user", "assistant") * len(contents)
    turns = tuple(Turn(role, text) for role, text in zip(roles, contents, strict=False))
    found = check(Trajectory("d", 0, (), turns=turns))
    return {f.turn for f in found if f.check == "leftover" and f.severity == "error"}


def test_an_instruction_that_was_copied_into_a_turn_is_left_over() -> None:
    assert len(instructions()) > 12
    for line in instructions():
        assert errors(line, f"{line[0].upper()}{line[1:]}") == {0, 1}


def test_an_instruction_of_the_baseline_is_left_over() -> None:
    lines = set(baseline_instructions())
    assert len(lines) > len(_BASELINE)
    assert not [line for line in lines if errors(line, line) != {0, 1}]


@pytest.mark.parametrize(
    "text",
    [
        "The assistant's message asks where it is.",
        "What the user says; it has to be polite.",
        "The user speaks like a person, and does not mention tools.",
        "A text holds given values.",
        "It holds given values, as they are and in this order.",
        "Well, what does the assistant say in turn [5]?",
        "Of course. It holds: Bath; 5.",
    ],
)
def test_wording_is_looked_for_wherever_it_may_be(text: str) -> None:
    assert errors(text, text) == {0, 1}


@pytest.mark.parametrize(
    "text",
    [
        "The box is sturdy. It holds 5 books.",
        "The user interface is slow today. Can you restart it?",
        "What does the assistant manager earn?",
        "Which tools did you mention?",
        "The dialogue in that film is wonderful, is it not?",
        "Ask the user group whether these values are right.",
    ],
)
def test_people_may_speak_of_users_values_and_dialogues(text: str) -> None:
    assert not errors(text, text)
