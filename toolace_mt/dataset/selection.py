"""Which accepted dialogues become rows.

Those left out repeat an earlier one, ask a question that models are evaluated with, or are of an
injection or domain that has more than its share.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from toolace_mt.config.run import ExportConfig
from toolace_mt.dataset.duplicates import Sketches
from toolace_mt.dataset.processes import each_shard
from toolace_mt.dataset.questions import Questions, marks, read_questions
from toolace_mt.errors import ConfigError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.shards import read_columns
from toolace_mt.trajectory import JsonObject, Tool

Labels = tuple[str, ...]
"""The injections and domains of a dialogue that quotas count, such as `domain travel`."""


def why(reasons: Mapping[str, str]) -> Counter[str]:
    """Return how many dialogues were left out for each kind of reason."""
    kinds = {
        "asks": "with evaluation questions",
        "exact": "exact duplicates",
        "near": "near duplicates",
        "quota:": "over quota",
    }
    return Counter(kinds[reason.split()[0]] for reason in reasons.values())


def left_out(run: RunDir, config: ExportConfig, processes: int | None = None) -> dict[str, str]:
    """Return the accepted dialogues of a run that become no rows, by id, with the reason of each.

    The result depends on the dialogues and their order alone. Raises ConfigError for a quota that
    no selection of the dialogues could keep.
    """
    quotas = {"injection": config.injection_share, "domain": config.domain_share}
    if config.similar is None and min(quotas.values()) >= 1 and not config.decontaminate:
        return {}
    questions = read_questions(config.decontaminate) if config.decontaminate else None
    reader = Reader(config.similar, config.domain_share < 1, questions)
    every, labels, asking = Sketches(config.similar or 1), list[Labels](), dict[str, str]()
    seen: dict[Labels, Labels] = {}
    with each_shard(run, reader, processes) as shards:
        for sketches, found, asked in shards:
            every.merge(sketches)
            asking |= asked
            labels += [seen.setdefault(each, each) for each in found]
    reasons = (every.repeated() if config.similar is not None else {}) | asking
    rows = {id: own for id, own in zip(every.ids, labels, strict=True) if id not in reasons}
    return reasons | over_quota(rows, quotas)


@dataclass
class Reader:
    """Reads what selection needs of the accepted dialogues of a shard.

    `domains`: whether their domains are needed. `questions` are those that none may ask.
    """

    similar: float | None
    domains: bool
    questions: Questions | None = None

    def __call__(self, path: Path) -> tuple[Sketches, list[Labels], dict[str, str]]:
        """Return sketches and labels, in order, and why dialogues are not to be trained on, by id.

        Raises RunDirError for an unreadable shard.
        """
        with_tools = self.domains or self.questions is not None
        names = ("id", "outcome", "turns", *(("tools",) if with_tools else ()))
        rows = [row for row in read_columns(path, names) if row["outcome"] == "accepted"]
        turns = [json.loads(row["turns"]) for row in rows]
        sketches = Sketches(self.similar or 1)
        sketches.add([(row["id"], each) for row, each in zip(rows, turns, strict=True)])
        called = list(map(_called, rows, turns))
        labels = list(map(_labels, turns, called))
        if self.questions is None:
            return sketches, labels, {}
        met = (
            (row["id"], self.questions.met_by(each, marks([Tool(**tool) for tool in tools])))
            for row, each, tools in zip(rows, turns, called, strict=True)
        )
        return sketches, labels, {id: f"asks evaluation question {at}" for id, at in met if at}


def _called(row: JsonObject, turns: list[JsonObject]) -> list[JsonObject]:
    """Return the tools that a dialogue calls, as shards hold them, if the row has its tools."""
    if "tools" not in row:
        return []
    called = {call["name"] for turn in turns for call in turn["calls"]}
    return [tool for tool in json.loads(row["tools"]) if tool["name"] in called]


def _labels(turns: list[JsonObject], called: list[JsonObject]) -> Labels:
    labels = {f"injection {turn['injection']}" for turn in turns if turn.get("injection")}
    labels |= {f"domain {tool['domain']}" for tool in called}
    return tuple(sorted(labels))


def over_quota(kept: Mapping[str, Labels], quotas: Mapping[str, float]) -> dict[str, str]:
    """Return the dialogues to leave out so that no label is in more than its share of the rest.

    `kept` has the labels of each dialogue by its id; `quotas` the largest share for each kind of
    label. Of a label in excess, the last dialogues go. Raises ConfigError if none would be left.
    """
    reasons: dict[str, str] = {}
    rows = dict(kept)
    while excess := max(_excesses(rows.values(), quotas), default=None):
        count, label = excess
        if count >= len(rows):
            raise ConfigError(_unmet(label, quotas))
        having = [id for id, labels in rows.items() if label in labels]
        for id in having[-count:]:
            reasons[id] = f"quota: {label}"
            del rows[id]
    return reasons


def _excesses(rows: Iterable[Labels], quotas: Mapping[str, float]) -> Iterator[tuple[int, str]]:
    """Yield the labels in excess, with the number of rows to drop for each."""
    every = list(rows)
    for label, count in Counter(label for labels in every for label in labels).items():
        share = quotas[label.split()[0]]
        over = count - share * len(every)
        if share < 1 and over > 1e-9:
            yield math.ceil(over / (1 - share) - 1e-9), label


def _unmet(label: str, quotas: Mapping[str, float]) -> str:
    kind, _, name = label.partition(" ")
    return (
        f"export.{kind}_share: {quotas[kind]}: without the dialogues over this quota none is left"
        f" (at last those of {kind} {name!r}); raise it, then run the same command again"
    )
