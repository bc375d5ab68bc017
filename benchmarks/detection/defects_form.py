"""Defects of a dialogue's form: the order of turns, the pairing of outputs, texts."""

import itertools
import random
from dataclasses import replace

from benchmarks.detection.planting import (
    Defects,
    again,
    calls,
    pick,
    texts,
    with_call,
    with_outputs,
    with_text,
    with_turns,
)
from toolace_mt.trajectory import Trajectory, Turn

_LEAKS = (
    "What to do now: {}",
    "The dialogue so far is fine. {}",
    "Assistant: {}",
    "{}<|im_end|>",
    "<tool_call>{}",
    "User prompt: {}",
    "The user asks for it in their own words. {}",
    "{} Natural, to the point, in the tone of the dialogue.",
)
_MENTIONS = ("In sub-task 2: {}", "As an AI language model, I see. {}", "Here is the new turn: {}")
_VALUES = ("<{}>", "your_{}", "XXXX", "string", "[Your {}]", "placeholder_value")


def two_users(t: Trajectory, rng: random.Random) -> Trajectory | None:
    index = pick(rng, texts(t, "user"))
    if index is None:
        return None
    return with_turns(t, index + 1, index + 1, Turn("user", "Wait, there is one more thing."))


def starts_with_assistant(t: Trajectory, rng: random.Random) -> Trajectory | None:  # noqa: ARG001
    return replace(t, turns=t.turns[1:]) if len(t.turns) > 1 else None


def ends_with_user(t: Trajectory, rng: random.Random) -> Trajectory | None:
    said = rng.choice(("Thank you, good bye.", "And what else can be done?", "Are you sure?"))
    return replace(t, turns=(*t.turns, Turn("user", said)))


def ends_with_call(t: Trajectory, rng: random.Random) -> Trajectory | None:
    place = pick(rng, calls(t))
    return replace(t, turns=t.turns[: place[0] + 1]) if place else None


def ends_with_output(t: Trajectory, rng: random.Random) -> Trajectory | None:
    place = pick(rng, calls(t))
    return replace(t, turns=t.turns[: place[0] + 2]) if place else None


def reply_dropped(t: Trajectory, rng: random.Random) -> Trajectory | None:
    index = pick(rng, [i for i in texts(t, "assistant") if i < len(t.turns) - 1])
    return None if index is None else with_turns(t, index, index + 1)


def output_turn_dropped(t: Trajectory, rng: random.Random) -> Trajectory | None:
    place = pick(rng, calls(t))
    return with_turns(t, place[0] + 1, place[0] + 2) if place else None


def output_missing(t: Trajectory, rng: random.Random) -> Trajectory | None:
    index = pick(rng, [i for i, turn in enumerate(t.turns) if len(turn.outputs) > 1])
    if index is None:
        return None
    left = list(t.turns[index].outputs)
    left.pop(rng.randrange(len(left)))
    return with_outputs(t, index, left)


def output_of_unknown_id(t: Trajectory, rng: random.Random) -> Trajectory | None:
    index = pick(rng, [i for i, turn in enumerate(t.turns) if turn.outputs])
    if index is None:
        return None
    outputs = list(t.turns[index].outputs)
    at = rng.randrange(len(outputs))
    outputs[at] = replace(outputs[at], call_id="call90909")
    return with_outputs(t, index, outputs)


def ids_swapped(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """Two outputs exchange their ids, within a turn or between turns."""
    ids = [o.call_id for turn in t.turns for o in turn.outputs]
    if len(set(ids)) < 2:
        return None
    one, other = rng.sample(sorted(set(ids)), 2)
    swap = {one: other, other: one}
    turns = [
        replace(
            turn,
            outputs=tuple(replace(o, call_id=swap.get(o.call_id, o.call_id)) for o in turn.outputs),
        )
        for turn in t.turns
    ]
    return replace(t, turns=tuple(turns))


def id_given_twice(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A later call, and its output, get the id of an earlier one."""
    made = [place for place in calls(t) if place[2].id]
    if len(made) < 2:
        return None
    first, second = sorted(rng.sample(made, 2), key=lambda place: place[:2])
    index = second[0] + 1
    outputs = [
        replace(o, call_id=first[2].id) if o.call_id == second[2].id else o
        for o in t.turns[index].outputs
    ]
    return with_call(with_outputs(t, index, outputs), second, id=first[2].id)


def call_without_id(t: Trajectory, rng: random.Random) -> Trajectory | None:
    place = pick(rng, calls(t))
    return with_call(t, place, id="") if place else None


def user_calls(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A call stands in the user's turn."""
    index, place = pick(rng, texts(t, "user")), pick(rng, calls(t))
    if index is None or place is None:
        return None
    wrong = replace(t.turns[index], calls=(replace(place[2], id="call80808"),))
    return with_turns(t, index, index + 1, wrong)


def empty_turn(t: Trajectory, rng: random.Random) -> Trajectory | None:
    index = pick(rng, texts(t, "user", "assistant"))
    return None if index is None else with_text(t, index, rng.choice(("", " ", "\n\n")))


def call_made_twice(t: Trajectory, rng: random.Random) -> Trajectory | None:
    place = pick(rng, calls(t))
    return with_turns(t, place[0] + 2, place[0] + 2, *again(t, place[0])) if place else None


def call_loop(t: Trajectory, rng: random.Random) -> Trajectory | None:
    place = pick(rng, calls(t))
    return with_turns(t, place[0] + 2, place[0] + 2, *again(t, place[0], 4)) if place else None


def mask_left(t: Trajectory, rng: random.Random) -> Trajectory | None:
    index = pick(rng, texts(t, "user", "assistant"))
    if index is None:
        return None
    text = t.turns[index].content
    return with_text(t, index, rng.choice(("[MASK]", f"{text} [MASK 1]", f"<mask> {text}")))


def slot_left(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """The name of a parameter stands in braces where a word should be."""
    return _instead_of_a_word(t, rng, "{{{}}}", "{{outputs[0].{}}}")


def angle_left(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """The name of a parameter stands in angle brackets where a word should be."""
    return _instead_of_a_word(t, rng, "<{}>")


def _instead_of_a_word(t: Trajectory, rng: random.Random, *forms: str) -> Trajectory | None:
    index = pick(rng, [i for i in texts(t, "user", "assistant") if t.turns[i].content.split()])
    names = [name for tool in t.tools for name in tool.parameters.get("properties", {})]
    if index is None or not names:
        return None
    words = t.turns[index].content.split()
    words[rng.randrange(len(words))] = rng.choice(forms).format(rng.choice(names))
    return with_text(t, index, " ".join(words))


def placeholder_value(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A text argument is a placeholder."""
    place = pick(rng, [p for p in calls(t) if any(isinstance(v, str) for v in _values(p))])
    if place is None:
        return None
    arguments = dict(place[2].arguments)
    name = rng.choice([key for key, value in arguments.items() if isinstance(value, str)])
    arguments[name] = rng.choice(_VALUES).format(name)
    return with_call(t, place, arguments=arguments)


def _values(place: tuple[int, int, object]) -> list[object]:
    arguments = getattr(place[2], "arguments", {})
    return list(arguments.values()) if isinstance(arguments, dict) else []


def prompt_leaked(t: Trajectory, rng: random.Random) -> Trajectory | None:
    return _worded(t, rng, _LEAKS)


def making_mentioned(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A text speaks of sub-tasks, revisions or language models."""
    return _worded(t, rng, _MENTIONS)


def _worded(t: Trajectory, rng: random.Random, forms: tuple[str, ...]) -> Trajectory | None:
    index = pick(rng, texts(t, "user", "assistant"))
    if index is None:
        return None
    return with_text(t, index, rng.choice(forms).replace("{}", t.turns[index].content))


def cut_anywhere(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A text ends anywhere in its second half, not at the end of a sentence."""
    index = pick(rng, [i for i in texts(t, "user", "assistant") if _room(t.turns[i].content)])
    if index is None:
        return None
    text = t.turns[index].content
    cut = text[: rng.randrange(len(text) // 2, len(text) - 8)].rstrip()
    return None if cut[-1:] in ".!?:" else with_text(t, index, cut)


def cut_after_function_word(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A text ends after a comma, an article or the like, where no sentence can end."""
    index = pick(rng, texts(t, "user", "assistant"))
    if index is None:
        return None
    text = t.turns[index].content.rstrip(".!? ")
    return with_text(
        t, index, text + rng.choice((", and the", " with your", ",", " (", " because"))
    )


def _room(text: str) -> bool:
    return len(text) > 40


def reply_repeated(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A later message is word for word an earlier one of the same speaker."""
    role = rng.choice(("user", "assistant"))
    said = [i for i in texts(t, role) if len(t.turns[i].content) >= 30]
    if len(said) < 2:
        return None
    first, second = sorted(rng.sample(said, 2))
    return with_text(t, second, t.turns[first].content)


def reply_echoes(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A reply begins with all that the user has just said."""
    exchanges = [
        (asked, index)
        for at, index in itertools.pairwise(texts(t, "user", "assistant"))
        if t.turns[at].role == "user" and t.turns[index].role == "assistant"
        if _room(asked := t.turns[at].content)
    ]
    place = pick(rng, exchanges)
    if place is None:
        return None
    asked, index = place
    return with_text(t, index, f"{asked} {t.turns[index].content}")


def stammer(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """Some words of a message come four times in a row, or six times a single one."""
    index = pick(rng, [i for i in texts(t, "user", "assistant") if _room(t.turns[i].content)])
    if index is None:
        return None
    words = t.turns[index].content.split()
    size = rng.choice((1, 2, 3, 4, 5))
    at = rng.randrange(max(1, len(words) - size))
    phrase = words[at : at + size] * (6 if size == 1 else 4)
    return with_text(t, index, " ".join(words[:at] + phrase + words[at + size :]))


FORM: Defects = {
    "structure": {
        "two users in a row": two_users,
        "starts with the assistant": starts_with_assistant,
        "ends with the user": ends_with_user,
        "ends with a call": ends_with_call,
        "ends with an output": ends_with_output,
        "reply dropped": reply_dropped,
        "turn of outputs dropped": output_turn_dropped,
        "one output of several missing": output_missing,
        "output of an unknown id": output_of_unknown_id,
        "ids of outputs swapped": ids_swapped,
        "id given twice": id_given_twice,
        "call without an id": call_without_id,
        "call in the user's turn": user_calls,
        "empty turn": empty_turn,
        "call made twice": call_made_twice,
        "loop of calls": call_loop,
        "mask left": mask_left,
        "slot left": slot_left,
        "`<city>` left in a text": angle_left,
        "placeholder as an argument": placeholder_value,
        "prompt wording leaked": prompt_leaked,
        "message repeated word for word": reply_repeated,
        "reply begins with the user's message": reply_echoes,
    },
    "text": {
        "making mentioned": making_mentioned,
        "cut anywhere": cut_anywhere,
        "cut where no sentence ends": cut_after_function_word,
        "stammer": stammer,
    },
}
