"""How the arguments of a dialogue were found: what was asked for, and where the values stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from toolace_mt.query import Derivation, Selection
from toolace_mt.schemas.paths import child, get, join
from toolace_mt.selection.evaluate import Outputs, Row, evaluate
from toolace_mt.selection.formula import formula
from toolace_mt.selection.values import alike
from toolace_mt.trajectory import Trajectory

WAYS = ("told", "output", "read", "chosen", "computed", "known", "schema", "nowhere")
"""How an argument is found; each is explained by `way`."""

_PLACES = 50  # most places in outputs that are named for one argument
_ARITHMETIC = re.compile(r"\b(?:sum|average|difference|interval|number of|part of)\b|\d [-+*/x] ")
_COMPUTES = re.compile(r"(?:count|sum\(|difference\()|.* over turn .* [-+] .* over turn ")
_TURN = re.compile(r"\bturn (\d+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """An argument that the user asks for by a phrase, at `path` (`calls[0].arguments.day`) of turn.

    `kind` and `reads` are those of its derivation, `formula` is its query in one line, "" for what
    is known of the user. `told` is the turn in whose text the phrase stands, -1 if none. `places`
    are the values in outputs that the argument was taken from: ids of calls and paths.
    """

    turn: int
    path: str
    kind: str
    phrase: str
    formula: str
    reads: int
    told: int
    places: tuple[tuple[str, str], ...]


def asked(trajectory: Trajectory) -> list[Asked]:
    """Return the arguments of a dialogue that the user asks for by a phrase, in order."""
    turns: dict[str, int] = {}
    outputs: dict[str, Any] = {}
    calls: dict[str, tuple[int, int]] = {}
    for index, turn in enumerate(trajectory.turns):
        calls.update({call.id: (index, place) for place, call in enumerate(turn.calls)})
        turns.update({output.call_id: index for output in turn.outputs})
        outputs.update({output.call_id: output.content for output in turn.outputs})
    found = []
    for each in trajectory.derivations:
        index, place = calls.get(each.call, (-1, 0))
        if index < 0:
            continue
        at = join(f"calls[{place}].arguments", each.path)
        said = formula(each, turns)
        told = _told(trajectory, index, each.phrase)
        places = tuple(islice(_places(each, outputs), _PLACES))
        found.append(Asked(index, at, each.kind, each.phrase, said, each.reads, told, places))
    return found


def way(kind: str, source: str, asked_as: str = "", roles: Sequence[str] = ()) -> str:
    """Return how an argument was found, of the kind and source of its origin.

    "told": in the user's words; "output": by an output without a word of the user's; "read",
    "chosen", "computed" and "known" as its derivation is, if `asked_as` names that; "schema" and
    "nowhere" as its origin says. `roles` are those of the turns.
    """
    if kind in ("schema", "nowhere"):
        return kind
    if asked_as:
        return asked_as
    if kind == "chosen":
        return "computed" if _COMPUTES.match(source) else "chosen"
    if kind == "output":
        return "read" if " over turn " in source else "output"
    if source.startswith("system prompt"):
        return "known"
    if kind == "derived":
        if _ARITHMETIC.search(source):
            return "computed"
        turn = _TURN.search(source)
        if turn and roles[int(turn[1]) : int(turn[1]) + 1] == ["tool"]:
            return "output"
    return "told"


def _told(trajectory: Trajectory, before: int, phrase: str) -> int:
    """Return the last user turn before `before` whose text has the phrase, -1 if none.

    A phrase in the middle of a word counts only where it stands nowhere else: some languages are
    written without spaces.
    """
    before_call = range(before - 1, -1, -1)
    users = [index for index in before_call if trajectory.turns[index].role == "user"]
    for pattern in (rf"(?<!\w){re.escape(phrase)}(?!\w)", re.escape(phrase)) if phrase else ():
        for index in users:
            if re.search(pattern, trajectory.turns[index].content, re.IGNORECASE):
                return index
    return -1


def _places(derivation: Derivation, outputs: Outputs) -> Iterator[tuple[str, str]]:
    for selection in derivation.selections:
        result = evaluate(selection, outputs)
        if result.reason:
            continue
        wanted = result.rows if result.row is None else (result.row,)
        for source in selection.sources:
            for path, row in _located(outputs[source.call], source.path):
                if any(_part(row, each, selection) for each in wanted):
                    inside = selection.field in row and selection.pick != "count"
                    yield source.call, child(path, selection.field) if inside else path


def _part(row: Row, result: Row, selection: Selection) -> bool:
    """Tell whether a result was made of a row; those of joined tables are new records."""
    key = selection.key
    if not key:
        return row is result
    return key in row and alike(row[key], result.get(key)) and selection.field in row


def _located(content: Any, path: str) -> Iterator[tuple[str, Row]]:
    here = get(content, path)
    if isinstance(here, dict):
        yield path, here
    for index, row in enumerate(here) if isinstance(here, list) else ():
        if isinstance(row, dict):
            yield f"{path}[{index}]", row
