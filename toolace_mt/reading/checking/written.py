"""The files that `verify` writes: findings, accepted rows, all other rows."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from toolace_mt.errors import InputError
from toolace_mt.reading.row import Row
from toolace_mt.trajectory import JsonObject


@dataclass(frozen=True, slots=True)
class Targets:
    """The files to write; None for a file that is not wanted.

    `findings` gets the results that have anything to report, as JSON Lines. `keep` gets the
    accepted rows and `reject` all others, unchanged, one a line.
    """

    findings: Path | None = None
    keep: Path | None = None
    reject: Path | None = None

    @property
    def whole_rows(self) -> bool:
        """Whether rows are written, which needs all their columns."""
        return self.keep is not None or self.reject is not None

    def preflight(self, path: Path) -> None:
        """Check that no target would overwrite the dialogues at `path`, or another target.

        Raises InputError if one would, or if its name ends in `.parquet`.
        """
        taken = {path.resolve(): "the dialogues"}
        for name in ("findings", "keep", "reject"):
            target: Path | None = getattr(self, name)
            if target is None:
                continue
            resolved = target.resolve()
            if resolved in taken:
                raise InputError(f"{target}: --{name} would overwrite {taken[resolved]}")
            if path.is_dir() and resolved.is_relative_to(path.resolve()):
                raise InputError(
                    f"{target}: --{name} would be read as dialogues: choose a place outside {path}"
                )
            if target.suffix == ".parquet":
                raise InputError(f"{target}: --{name} writes JSON Lines: name it .jsonl")
            taken[resolved] = f"--{name}"


class Writer:
    """The open files of a `Targets`."""

    def __init__(
        self, findings: BinaryIO | None, keep: BinaryIO | None, reject: BinaryIO | None
    ) -> None:
        self._findings = findings
        self._keep = keep
        self._reject = reject

    def add(self, row: Row, result: JsonObject) -> bool:
        """Write one row and its result; return False if the row could not be written."""
        accepted = result["outcome"] == "accepted"
        telling = result["findings"] or not accepted or result.get("set_aside")
        if self._findings is not None and telling:
            self._findings.write(json.dumps(result).encode() + b"\n")
        half = self._keep if accepted else self._reject
        if half is None:
            return True
        written = row.written()
        if written is not None:
            half.write(written + b"\n")
        return written is not None


@contextmanager
def writing(targets: Targets) -> Iterator[Writer]:
    """Open the target files for the block; raise InputError if one cannot be written."""
    current: Path | None = None
    with ExitStack() as stack:
        files: list[BinaryIO | None] = []
        for target in (targets.findings, targets.keep, targets.reject):
            current = target
            try:
                files.append(stack.enter_context(target.open("wb")) if target else None)
            except OSError as error:
                raise InputError(
                    f"{current}: cannot be written: {error.strerror or error}"
                ) from error
        yield Writer(*files)
