"""Shows a dialogue in a terminal: what was said and called, with edits, findings and origins.

Texts come from a model or from strangers. Control characters are shown, never sent, and a line
that such a text begins or goes on in starts with a bar, so that no text passes for our own lines.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from toolace_mt.errors import InputError
from toolace_mt.report.asked import Asked, asked
from toolace_mt.report.lines import Line, on_one_line, visible
from toolace_mt.run.directory import RunDir
from toolace_mt.run.shards import read_shard
from toolace_mt.trajectory import (
    Answer,
    Edit,
    Finding,
    Origin,
    ToolCall,
    Trajectory,
    Turn,
    Verdict,
)

_COLORS = {"user": "cyan", "assistant": "green", "tool": "yellow"}
_OUTCOMES = {"accepted": "bold green", "rejected": "bold red", "undecided": "bold yellow"}
_PIECE = re.compile(r"content\[(\d+):(\d+)\]")
_NO_PHRASES: Mapping[tuple[int, str], Asked] = {}


def load_dialogue(run_dir: Path, name: str | None = None) -> Trajectory:
    """Return the verified dialogue with that id; without an id the first accepted, else the first.

    Raises InputError if there is none.
    """
    first = None
    for path in RunDir(run_dir).shards("verification"):
        for dialogue in read_shard(path):
            accepted = dialogue.verdict is not None and dialogue.verdict.outcome == "accepted"
            if dialogue.id == name or (name is None and accepted):
                return dialogue
            first = first or dialogue
    if first is None:
        raise InputError(f"{run_dir}: no verified dialogue yet; see `toolace-mt status {run_dir}`")
    if name is not None:
        raise InputError(f"{run_dir}: no verified dialogue has id {name!r}; one is {first.id!r}")
    return first


def not_accepted(trajectory: Trajectory) -> str:
    """Return a line on a dialogue that was not accepted, "" for an accepted one."""
    if trajectory.failure:
        return f"this dialogue failed ({visible(trajectory.failure)}); no dialogue was accepted yet"
    outcome = trajectory.verdict.outcome if trajectory.verdict else "not verified"
    if outcome == "accepted":
        return ""
    return f"this dialogue was not accepted ({outcome}); no dialogue was accepted yet"


def show(trajectory: Trajectory, width: int = 400) -> RenderableType:
    """Return the dialogue for a Rich console.

    Calls and outputs longer than `width` characters are shortened, texts at five times that.
    """
    return Group(*_parts(trajectory, width))


def _parts(trajectory: Trajectory, width: int) -> Iterator[RenderableType]:
    yield Rule(Text(on_one_line(f"dialogue {trajectory.id}"), "bold"))
    yield from _given(trajectory, width)
    yield from _plan(trajectory)
    phrases = {(each.turn, each.path): each for each in asked(trajectory)}
    origins: dict[int, list[Origin]] = defaultdict(list)
    for origin in trajectory.origins:
        origins[origin.turn].append(origin)
    findings: dict[int, list[Line]] = defaultdict(list)
    for finding in trajectory.verdict.findings if trajectory.verdict else ():
        findings[finding.turn].append(_finding(finding, width))
    edited = _edited(trajectory.edits)
    for index, turn in enumerate(trajectory.turns):
        yield Text.assemble(
            (f"{index:>3} {turn.role}", _COLORS[turn.role]), ("".join(_marks(turn, edited)), "dim")
        )
        yield _indented([*_body(turn, width, origins[index], phrases), *findings[index]])
    yield from _ledger(trajectory, width)
    yield from _ending(trajectory, findings[-1], width)


def _given(trajectory: Trajectory, width: int) -> Iterator[Line]:
    """Yield the system prompt, whole as far as any policy goes, and what else was given."""
    if trajectory.system:
        yield Line(f"system: {trajectory.system}", "dim", 20 * width)
    scenario = trajectory.scenario
    given = (("language", scenario.language), ("user", scenario.persona), ("day", scenario.date))
    told = ", ".join(f"{name}: {value}" for name, value in given if value)
    if told:
        yield Line(f"given: {told}", "dim", width)


def _plan(trajectory: Trajectory) -> Iterator[RenderableType]:
    for number, subtask in enumerate(trajectory.task.subtasks if trajectory.task else ()):
        steps = " -> ".join(" + ".join(step) for step in subtask.steps)
        yield Line(f"sub-task {number}: {subtask.goal} [{steps}]", "dim", 400)


def _marks(turn: Turn, edited: dict[str, list[Edit]]) -> Iterator[str]:
    edits = edited.get(_content(turn), [])
    if turn.subtask >= 0:
        yield f"  sub-task {turn.subtask}"
    if turn.injection and all(edit.kind != turn.injection for edit in edits):
        yield f"  {turn.injection}"
    if turn.adds:
        yield on_one_line(f"  adds tools: {', '.join(turn.adds)}")
    for edit in edits:
        yield f"  {edit.kind} in round {edit.round}"


def _body(
    turn: Turn,
    width: int,
    origins: Iterable[Origin] = (),
    phrases: Mapping[tuple[int, str], Asked] = _NO_PHRASES,
) -> Iterator[Line]:
    if turn.reasoning:
        yield Line(f"thinks: {turn.reasoning}", "italic dim", 5 * width)
    if turn.content:
        yield Line(turn.content, "", 5 * width, quoted=True)
    left = list(origins)
    for place, call in enumerate(turn.calls):
        yield Line(written(call), "bold", width)
        inside = f"calls[{place}].arguments."
        of_call = [origin for origin in left if origin.path.startswith(inside)]
        left = [origin for origin in left if not origin.path.startswith(inside)]
        named = [(o.path.removeprefix(inside), o) for o in of_call]
        yield from _origins([(n, o) for n, o in named if (o.turn, o.path) not in phrases], width)
        for name, origin in named:
            if sought := phrases.get((origin.turn, origin.path)):
                yield Line(f"  {name} {_as_asked(sought)}", "dim", width)
    yield from _origins([(_quoted(turn, o.path), o) for o in left], width)
    for output in turn.outputs:
        shown = output.content if isinstance(output.content, str) else _value(output.content)
        error = "error, " if output.error else ""
        yield Line(f"{output.call_id} ({error}{output.status}): {shown}", "", width)


def _origins(named: Sequence[tuple[str, Origin]], width: int) -> Iterator[Line]:
    """Yield one line that names the origin of each value."""
    if named:
        told = "; ".join(f"{name} from {origin.source or origin.kind}" for name, origin in named)
        yield Line(f"  {told}", "dim", width)


def _as_asked(sought: Asked) -> str:
    """Return how an argument was asked for, and what that comes to."""
    reads = f" ({sought.reads} outputs)" if sought.reads > 1 else ""
    result = f": {sought.formula}{reads}" if sought.formula else ""
    return f'{sought.kind} as "{sought.phrase}"{result}'


def _quoted(turn: Turn, path: str) -> str:
    """Return the piece of the turn's text that a path such as `content[3:9]` stands for."""
    piece = _PIECE.fullmatch(path)
    return turn.content[int(piece[1]) : int(piece[2])] if piece else path


def written(call: ToolCall) -> str:
    """Return the call as code: `name(date="2026-05-01", n=2)`."""
    arguments = ", ".join(f"{name}={_value(value)}" for name, value in call.arguments.items())
    return f"{call.name}({arguments})"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _content(turn: Turn) -> str:
    return repr((turn.role, turn.content, turn.calls, turn.outputs))


def _edited(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    """Return the adopted edits by the content they wrote: edits shift the indexes of turns."""
    edited: dict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        kept = {_content(turn) for turn in edit.before}
        for turn in edit.after if edit.judgement.adopted else ():
            if _content(turn) not in kept:
                edited[_content(turn)].append(edit)
    return edited


def _ledger(trajectory: Trajectory, width: int) -> Iterator[RenderableType]:
    if trajectory.edits:
        yield Rule(Text("edits"))
    for edit in trajectory.edits:
        judgement = edit.judgement
        turns = ", ".join(map(str, edit.turns))
        decided = "adopted" if judgement.adopted else "kept the old"
        reason = f": {judgement.reason}" if judgement.reason else ""
        head = (
            f"round {edit.round} {edit.kind}, turn {turns}: {decided} ({judgement.choice}{reason})"
        )
        yield Line(head, "bold" if judgement.adopted else "dim", width)
        for sign, style, side in (("-", "red", edit.before), ("+", "green", edit.after)):
            yield _indented(
                Line(f"{sign} {turn.role}: {text.text}", style, width)
                for turn in side
                for text in _body(turn, width)
            )


def _ending(trajectory: Trajectory, findings: list[Line], width: int) -> Iterator[RenderableType]:
    yield Rule()
    verdict = trajectory.verdict
    if trajectory.failure or not verdict:
        yield Line(f"failed: {trajectory.failure or 'not verified'}", "bold red", width)
        return
    yield Text(verdict.outcome, _OUTCOMES[verdict.outcome])
    yield _indented(findings)
    yield _indented(Line(_answered(answer, verdict), "dim", width) for answer in verdict.answers)
    for usage in trajectory.usage:
        tokens = f"{usage.prompt_tokens} prompt ({usage.cached_tokens} cached)"
        yield Line(
            f"{usage.stage}: {usage.calls} calls, {tokens}, {usage.output_tokens} output tokens",
            "dim",
            width,
        )


def _finding(finding: Finding, width: int) -> Line:
    style = "red" if finding.severity == "error" else "yellow"
    place = f" at {finding.path}" if finding.path else ""
    return Line(f"{finding.severity} {finding.check}{place}: {finding.message}", style, width)


def _indented(lines: Iterable[Line]) -> RenderableType:
    return Padding(Group(*lines), (0, 0, 0, 4), expand=False)


def _answered(answer: Answer, verdict: Verdict) -> str:
    """Return an expert's answer; a failure without a finding in the verdict was not counted."""
    objected = any(found.check == answer.expert for found in verdict.findings)
    recorded = " (recorded, not counted)" if answer.outcome == "fail" and not objected else ""
    return f"{answer.expert}: {answer.outcome}{recorded} {answer.reason}"
