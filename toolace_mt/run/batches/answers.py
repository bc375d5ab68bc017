"""Answers of a batch, taken into the journals of their shards."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import IO

from toolace_mt.calls.request import Completion, Generate
from toolace_mt.config.roles import role_of
from toolace_mt.engine.batch.lines import Again, is_answer, parse_answer, read_answer, request_of
from toolace_mt.engine.openai.dialect import Dialect
from toolace_mt.engine.openai.engine import GIVEN_UP
from toolace_mt.run.batches.files import BatchFile, RequestId
from toolace_mt.run.directory import RunDir, storage, write_atomically
from toolace_mt.run.journal import encode
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.trajectory import JsonObject


@dataclass(frozen=True, slots=True)
class Journals:
    """The journals of a run with these stages, in order."""

    run: RunDir
    stages: Sequence[str]

    def entry(self, named: RequestId, asked: JsonObject, completion: Completion) -> bytes:
        """Return the line of a journal about a request, given as the line of its batch file."""
        role = role_of(self.stages[named.stage], request_of(asked).kind)
        return encode(named.key, completion, role)

    def write(self, file: BatchFile, shard: int, found: Mapping[int, list[bytes]]) -> None:
        """Write the entries of one shard that come from a file, by the number of their stage."""
        for stage, entries in found.items():
            name = f"{file.round:06d}-{file.number}.jsonl"
            journal = self.run.journal(self.stages[stage], shard)
            write_atomically(journal / name, b"".join(entries))


Place = tuple[Path, int]
"""Where a line is: its file, and its offset in bytes."""


@dataclass(slots=True)
class Taken:
    """What became of the requests of a file.

    Of those without an answer, `again` are asked in the next round and `given_up` are not. `cause`
    is the first reason, and `lasting` says that one lasts. `learnt` will be written otherwise.
    """

    answered: int = 0
    again: int = 0
    given_up: int = 0
    cause: str = ""
    lasting: bool = False
    learnt: int = 0

    @property
    def hopeless(self) -> bool:
        """Whether nothing came back, for a reason that no single request explains."""
        many = self.again + self.given_up >= GIVEN_UP
        return not self.answered and not self.learnt and (self.lasting or many)


def take_in(
    file: BatchFile,
    journals: Journals,
    dialect: Dialect,
    policy: FaultPolicy,
) -> Taken:
    """Journal every outcome of a file whose answers are on disk; `dialect` learns from refusals.

    Every file writes one journal of its own in a directory, so taking it in once more changes
    nothing. Memory holds an offset for each request, and the answers of one shard.
    """
    taken, left = Taken(), dict[str, int]()
    places = _places([file.at("answers.jsonl"), file.at("errors.jsonl")])
    with ExitStack() as opened, storage(file.folder):
        sources = {path: opened.enter_context(path.open("rb")) for path in _paths(places)}
        asked = opened.enter_context(file.at("requests.jsonl").open("rb"))
        for shard, lines in groupby(map(_request, asked), key=lambda each: each[0].shard):
            found: dict[int, list[bytes]] = defaultdict(list)
            for named, request in lines:
                line = _line(sources, places.get(str(named)))
                outcome = _outcome(line, request, dialect, file.state.status)
                if isinstance(outcome, Completion):
                    taken.answered += 1
                    found[named.stage].append(journals.entry(named, request, outcome))
                elif end := _asked_again(named, outcome, taken, left, policy):
                    found[named.stage].append(journals.entry(named, request, end))
            journals.write(file, shard, found)
    write_atomically(file.at("unanswered.json"), json.dumps(left).encode())
    return taken


async def take_online(file: BatchFile, journals: Journals, generate: Generate) -> Taken:
    """Have `generate` answer a file's requests now, and journal the outcomes, all at the end."""
    with storage(file.folder), file.at("requests.jsonl").open("rb") as asked:
        requests = list(map(_request, asked))
    outcomes = await asyncio.gather(
        *(generate(replace(request_of(line), dialogue=named.key)) for named, line in requests)
    )
    both = zip(requests, outcomes, strict=True)
    for shard, pairs in groupby(both, key=lambda pair: pair[0][0].shard):
        found: dict[int, list[bytes]] = defaultdict(list)
        for (named, line), outcome in pairs:
            found[named.stage].append(journals.entry(named, line, outcome))
        journals.write(file, shard, found)
    given_up = [outcome.text for outcome in outcomes if outcome.finish == "failed"]
    answered = len(outcomes) - len(given_up)
    return Taken(answered, given_up=len(given_up), cause=next(iter(given_up), ""))


def _outcome(
    line: JsonObject | None, request: JsonObject, dialect: Dialect, status: str
) -> Completion | Again:
    if line is None:
        return Again(f"no line came back (the batch is {status})")
    return read_answer(line, request, dialect)


def _asked_again(
    named: RequestId, why: Again, taken: Taken, left: dict[str, int], policy: FaultPolicy
) -> Completion | None:
    """Note that a request goes into the next round; return its outcome if it is given up."""
    taken.cause = taken.cause or why.cause
    taken.lasting |= why.lasting
    taken.learnt += why.learnt
    times = named.asked + 1
    if times > policy.aborts:
        taken.given_up += 1
        return Completion(f"given up after {times} batches: {why.cause}", "failed")
    taken.again += 1
    left[named.key] = times
    return None


def _request(data: bytes) -> tuple[RequestId, JsonObject]:
    line = json.loads(data)
    return RequestId.parse(line["custom_id"]), line


def _places(paths: list[Path]) -> dict[str, Place]:
    """Return where the line of each custom id is: the first with an answer, else the first."""
    places: dict[str, Place] = {}
    answered: set[str] = set()
    for path in paths:
        if not path.exists():
            continue
        with storage(path), path.open("rb") as file:
            for offset, data in _lines(file):
                parsed = parse_answer(data)
                if parsed is None or parsed[0] in answered:
                    continue
                named, line = parsed
                if is_answer(line):
                    answered.add(named)
                    places[named] = path, offset
                else:
                    places.setdefault(named, (path, offset))
    return places


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    offset = 0
    for data in file:
        yield offset, data
        offset += len(data)


def _paths(places: dict[str, Place]) -> set[Path]:
    return {path for path, _ in places.values()}


def _line(sources: Mapping[Path, IO[bytes]], place: Place | None) -> JsonObject | None:
    if place is None:
        return None
    path, offset = place
    sources[path].seek(offset)
    parsed = parse_answer(sources[path].readline())
    return parsed[1] if parsed else None
