"""Published shards: Arrow files that appear whole or not at all, with totals in the footer."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa

from toolace_mt.calls.request import Completion
from toolace_mt.errors import RunDirError
from toolace_mt.run.arrow import Row, from_table, rows_to_table
from toolace_mt.run.directory import storage, write_atomically
from toolace_mt.run.journal import Entry
from toolace_mt.trajectory import Tool, Trajectory

_SUMS = b"sums"


@dataclass(slots=True)
class Tokens:
    """The cost of all completions journaled, whether or not a dialogue uses them."""

    calls: int = 0
    prompt: int = 0
    cached: int = 0
    output: int = 0

    def count(self, completion: Completion) -> None:
        """Add one completion."""
        self.calls += 1
        self.prompt += completion.prompt_tokens
        self.cached += completion.cached_tokens
        self.output += completion.output_tokens

    def add(self, other: "Tokens") -> None:
        """Add another total."""
        self.calls += other.calls
        self.prompt += other.prompt
        self.cached += other.cached
        self.output += other.output


@dataclass(slots=True)
class Sums:
    """Totals of a shard: what became of its dialogues, and what the stage cost.

    `outcomes` counts dialogues by "accepted", "rejected", "undecided", "failed" or "open" (not
    verified yet). The counts add up to the number of dialogues. `roles` has of `paid` what each
    role took (`config.roles`).
    """

    outcomes: dict[str, int] = field(default_factory=dict)
    paid: Tokens = field(default_factory=Tokens)
    roles: dict[str, Tokens] = field(default_factory=dict)

    def pay(self, entry: Entry) -> None:
        """Add the cost of a completion."""
        self.paid.count(entry.completion)
        self.roles.setdefault(entry.role, Tokens()).count(entry.completion)

    @property
    def dialogues(self) -> int:
        """Number of dialogues."""
        return sum(self.outcomes.values())


def standing(row: Row) -> str:
    """Return the key of `Sums.outcomes` under which a row counts."""
    return "failed" if row["failure"] else row["outcome"] or "open"


def publish(path: Path, rows: Iterable[Row], sums: Sums) -> None:
    """Write a shard atomically and durably; raise RunDirError if it cannot be written."""
    table = rows_to_table(rows)
    schema = table.schema.with_metadata({_SUMS: json.dumps(asdict(sums)).encode()})
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(sink, schema, options=options) as writer:
        writer.write_table(table.replace_schema_metadata(schema.metadata))
    write_atomically(path, sink.getvalue())


def read_shard(path: Path, known: Mapping[str, Tool] | None = None) -> list[Trajectory]:
    """Return the dialogues of a published shard, in order; for `known` see `arrow.from_row`.

    Raises RunDirError if it is not a readable shard.
    """
    with _opened(path) as reader:
        return from_table(reader.read_all(), known)


def read_columns(path: Path, names: Sequence[str]) -> list[Row]:
    """Return some columns of a published shard as rows; the others are not read."""
    with _opened(path) as reader:
        found = reader.schema.names
    options = pa.ipc.IpcReadOptions(included_fields=[found.index(name) for name in names])
    with _opened(path, options) as reader:
        rows: list[Row] = reader.read_all().to_pylist()
        return rows


def read_sums(path: Path) -> Sums:
    """Return the totals of a published shard without reading its dialogues."""
    with _opened(path) as reader:
        return _sums(reader)


def parse_sums(data: bytes) -> Sums | None:
    """Return the totals of a shard given as bytes; None if it is not a whole shard."""
    try:
        with pa.ipc.open_file(pa.BufferReader(data)) as reader:
            reader.read_all()
            return _sums(reader)
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError):
        return None


def _sums(reader: pa.ipc.RecordBatchFileReader) -> Sums:
    plain = json.loads(reader.schema.metadata[_SUMS])
    roles = {role: Tokens(**paid) for role, paid in plain.get("roles", {}).items()}
    return Sums(plain["outcomes"], Tokens(**plain["paid"]), roles)


def _opened(
    path: Path, options: pa.ipc.IpcReadOptions | None = None
) -> pa.ipc.RecordBatchFileReader:
    try:
        with storage(path):
            return pa.ipc.open_file(pa.memory_map(str(path)), options=options)
    except pa.ArrowInvalid as error:
        raise RunDirError(
            f"{path}: not a readable shard ({error}); delete it, and the same command makes it anew"
        ) from error
