"""The result of checking one row, as an object of the findings file."""

from collections.abc import Iterable
from dataclasses import fields

from toolace_mt.config import VerificationConfig
from toolace_mt.reading.dialogue import Dialogue, Unread, read_dialogue
from toolace_mt.reading.problem import Problem
from toolace_mt.reading.row import Row
from toolace_mt.trajectory import Answer, Finding, JsonObject, Outcome, Trajectory
from toolace_mt.verification.rules import check

UNREADABLE = "unreadable"
"""Name of the check that unreadable rows fail; it cannot be turned off."""
NO_TOOLS = "the row defines no tools"
_FIELDS = tuple(field.name for field in fields(Finding))


def check_row(row: Row, config: VerificationConfig) -> JsonObject:
    """Apply the rules to a row and return its result, with or without findings."""
    dialogue = read_row(row)
    if isinstance(dialogue, Unread):
        return refused(row, dialogue)
    findings = check(dialogue.trajectory, config.off)
    rejected = any(finding.severity == "error" for finding in findings)
    return result(row, dialogue, "rejected" if rejected else "accepted", findings)


def read_row(row: Row) -> Dialogue | Unread:
    """Return the dialogue of a row, or why it cannot be read."""
    name = f"{row.split} {row.line}".strip()
    value = row.value
    if isinstance(value, Problem):
        return Unread(name, (value,))
    return read_dialogue(value, name)


def refused(row: Row, unread: Unread) -> JsonObject:
    """Return the result of a row that could not be read."""
    findings = [
        (Finding(UNREADABLE, "error", problem.text), problem.message) for problem in unread.problems
    ]
    return _result(row, unread.id, "rejected", findings)


def result(
    row: Row,
    dialogue: Dialogue,
    outcome: Outcome,
    findings: Iterable[Finding],
    answers: Iterable[Answer] = (),
) -> JsonObject:
    """Return the result of a dialogue: its outcome, and its findings with their messages.

    `set_aside` lists what of the row was not checked, and `answers` those of experts that did not
    pass the dialogue. Both keys are absent if there are none.
    """
    trajectory, notes = dialogue.trajectory, list(dialogue.notes)
    if not trajectory.tools:
        findings = _told_once(trajectory, findings)
        if not any(turn.calls for turn in trajectory.turns):
            notes.append(Problem(NO_TOOLS))
    places = (*dialogue.messages, -1)  # turn -1, the whole dialogue, has no message
    placed = [(finding, places[finding.turn]) for finding in findings]
    made = _result(row, trajectory.id, outcome, placed)
    if notes:
        made["set_aside"] = [{"what": n.text, "message_index": n.message} for n in notes]
    if said := [_answer(answer) for answer in answers if answer.outcome != "pass"]:
        made["answers"] = said
    return made


def _told_once(trajectory: Trajectory, findings: Iterable[Finding]) -> list[Finding]:
    """Replace the findings about unknown tools in a row without tools by one."""
    findings = list(findings)
    rest = [finding for finding in findings if finding.check != "unknown_tool"]
    if len(rest) == len(findings):
        return rest
    calls = sum(len(turn.calls) for turn in trajectory.turns)
    text = f"{NO_TOOLS}, so that none of its {calls} calls can be checked"
    return [Finding("unknown_tool", "warning", text, side="plan"), *rest]


def _answer(answer: Answer) -> JsonObject:
    return {"expert": answer.expert, "outcome": answer.outcome, "reason": answer.reason}


def _result(row: Row, name: str, outcome: Outcome, found: list[tuple[Finding, int]]) -> JsonObject:
    split = {"split": row.split} if row.split else {}
    findings = [
        {**{key: getattr(finding, key) for key in _FIELDS}, "message_index": index}
        for finding, index in found
    ]
    return {"line": row.line, **split, "id": name, "outcome": outcome, "findings": findings}
