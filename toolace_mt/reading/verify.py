"""The rules on anybody's dialogues: no engine, no Ray, one dialogue in memory at a time."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, fields
from itertools import islice
from pathlib import Path
from typing import TextIO

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from toolace_mt.caching import remembering
from toolace_mt.calls.request import Generate
from toolace_mt.config import RunConfig, VerificationConfig
from toolace_mt.engine.base import start_engine
from toolace_mt.errors import InputError
from toolace_mt.reading.dialogue import Dialogue, Problem, Unread, read_dialogue
from toolace_mt.reading.files import Row, read_rows
from toolace_mt.trajectory import Finding, JsonObject, Outcome
from toolace_mt.verification import check, check_off, verify

UNREADABLE = "unreadable"
"""Name of the check that a row fails which is no dialogue at all; it cannot be turned off."""
_FIELDS = tuple(field.name for field in fields(Finding))


@dataclass(slots=True)
class Summary:
    """What became of the dialogues of a file.

    `unreadable` ones are among the `rejected`; `undecided` ones come from experts alone. `found`
    counts findings and `dialogues_with` dialogues, by check and severity.
    """

    dialogues: int = 0
    rejected: int = 0
    unreadable: int = 0
    undecided: int = 0
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    dialogues_with: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def accepted(self) -> int:
        """Dialogues without an error."""
        return self.dialogues - self.rejected - self.undecided


def verify_file(
    path: Path,
    findings_path: Path | None,
    config: VerificationConfig,
    progress: Callable[[Summary], None] | None = None,
) -> Summary:
    """Apply the rules to every dialogue of a file or dataset.

    `findings_path` gets one JSON object a line for each dialogue with findings: `line`, `split`
    (of a dataset), `id`, `outcome` and `findings`, each with the `turn` and the index of the
    message it is about (-1: the whole dialogue). `progress` is called after every 1,000 dialogues.

    Raises InputError if `path` cannot be read, or `findings_path` cannot be written or is `path`.
    """
    check_off(config.off)
    if findings_path is not None and findings_path.resolve() == path.resolve():
        raise InputError(f"{findings_path}: the findings would overwrite the dialogues")
    results = (check_row(row, config) for row in read_rows(path))
    return summarize(results, findings_path, progress)


def summarize(
    results: Iterable[JsonObject],
    findings_path: Path | None,
    progress: Callable[[Summary], None] | None = None,
) -> Summary:
    """Count results and write those with findings, one at a time as they come."""
    summary = Summary()
    with _written(findings_path) as findings_file:
        for result in results:
            _count(summary, result)
            if findings_file is not None and result["findings"]:
                findings_file.write(json.dumps(result) + "\n")
            if progress is not None and summary.dialogues % 1000 == 0:
                progress(summary)
    return summary


def check_row(row: Row, config: VerificationConfig) -> JsonObject:
    """Return what the findings file says about a row, findings or not."""
    dialogue = read_row(row)
    if isinstance(dialogue, Unread):
        return refused(row, dialogue)
    findings = check(dialogue.trajectory, config.off)
    rejected = any(finding.severity == "error" for finding in findings)
    return result(row, dialogue, "rejected" if rejected else "accepted", findings)


def read_row(row: Row) -> Dialogue | Unread:
    """Return the dialogue of a row, or why there is none."""
    name = f"{row.split} {row.line}".strip()
    if isinstance(row.value, Problem):
        return Unread(name, (row.value,))
    return read_dialogue(row.value, name)


def refused(row: Row, unread: Unread) -> JsonObject:
    """Return the result of a row that is no dialogue."""
    findings = [
        (Finding(UNREADABLE, "error", problem.text), problem.message) for problem in unread.problems
    ]
    return _result(row, unread.id, "rejected", findings)


def result(
    row: Row, dialogue: Dialogue, outcome: Outcome, findings: Iterable[Finding]
) -> JsonObject:
    """Return the result of a dialogue: its outcome, and its findings with their messages."""
    places = (*dialogue.messages, -1)  # turn -1, the whole dialogue, has no message
    placed = [(finding, places[finding.turn]) for finding in findings]
    return _result(row, dialogue.trajectory.id, outcome, placed)


def _result(row: Row, name: str, outcome: Outcome, found: list[tuple[Finding, int]]) -> JsonObject:
    split = {"split": row.split} if row.split else {}
    findings = [
        {**{key: getattr(finding, key) for key in _FIELDS}, "message_index": index}
        for finding, index in found
    ]
    return {"line": row.line, **split, "id": name, "outcome": outcome, "findings": findings}


def report(summary: Summary) -> RenderableType:
    """Return the summary for a Rich console: one line, then a table of the checks that found."""
    line = f"{summary.dialogues:,} dialogues: {summary.accepted:,} accepted,"
    line += f" {summary.rejected:,} rejected ({summary.unreadable:,} of them unreadable)"
    if summary.undecided:
        line += f", {summary.undecided:,} undecided"
    if not summary.found:
        return Text(line)
    table = Table("check", "severity", box=box.SIMPLE_HEAD)
    for column in ("findings", "dialogues"):
        table.add_column(column, justify="right")
    for (name, severity), count in summary.found.most_common():
        table.add_row(name, severity, f"{count:,}", f"{summary.dialogues_with[name, severity]:,}")
    return Group(Text(line), table)


def _count(summary: Summary, result: JsonObject) -> None:
    kinds = Counter((found["check"], found["severity"]) for found in result["findings"])
    summary.dialogues += 1
    summary.rejected += result["outcome"] == "rejected"
    summary.undecided += result["outcome"] == "undecided"
    summary.unreadable += (UNREADABLE, "error") in kinds
    summary.found += kinds
    summary.dialogues_with.update(kinds.keys())


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO | None]:
    try:
        with path.open("w", encoding="utf-8") if path else nullcontext() as file:
            yield file
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def verify_with_experts(path: Path, findings_path: Path | None, config: RunConfig) -> Summary:
    """Apply the rules, and the experts of `config` where the rules find no error, to a file.

    The engine of `config` is started in this process. Findings are written as by `verify_file`, in
    the order of the file. Raises InputError for files that cannot be read or written, EngineError
    if the engine cannot be started or dies, ConfigError if `verification.off` names no rule.
    """
    check_off(config.verification.off)
    results = asyncio.run(_all_results(path, config))
    return summarize(results, findings_path)


async def _all_results(path: Path, config: RunConfig) -> list[JsonObject]:
    engine = start_engine(config.engine, 0)
    try:
        window = 2 * engine.max_num_seqs
        stream = judged(read_rows(path), engine.generate, config.verification, window)
        return [answer async for answer in stream]
    finally:
        await engine.close()


async def judged(
    rows: Iterable[Row], generate: Generate, config: VerificationConfig, window: int
) -> AsyncIterator[JsonObject]:
    """Yield the results of rows in order, working on up to `window` of them at once."""
    waiting: deque[asyncio.Task[JsonObject]] = deque()
    left = iter(rows)
    while True:
        fresh = islice(left, window - len(waiting))
        waiting.extend(asyncio.create_task(_judge(row, generate, config)) for row in fresh)
        if not waiting:
            return
        yield await waiting.popleft()


async def _judge(row: Row, generate: Generate, config: VerificationConfig) -> JsonObject:
    dialogue = read_row(row)
    if isinstance(dialogue, Unread):
        return refused(row, dialogue)
    with remembering():
        verdict = (await verify(dialogue.trajectory, generate, config)).verdict
    if verdict is None:
        raise AssertionError("verify sets a verdict on every dialogue without a failure")
    return result(row, dialogue, verdict.outcome, verdict.findings)
