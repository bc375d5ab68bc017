"""Which accepted dialogues become rows: no duplicates, and no injection or domain in excess."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from toolace_mt.config.run import ExportConfig
from toolace_mt.dataset.duplicates import Sketches
from toolace_mt.dataset.processes import each_shard
from toolace_mt.errors import ConfigError, RunDirError
from toolace_mt.run.directory import RunDir
from toolace_mt.trajectory import JsonObject

Labels = tuple[str, ...]
"""The injections and domains of a dialogue that quotas count, such as `domain travel`."""


def why(reasons: Mapping[str, str]) -> Counter[str]:
    """Return how many dialogues were left out for each kind of reason."""
    kinds = {"exact": "exact duplicates", "near": "near duplicates", "quota:": "over quota"}
    return Counter(kinds[reason.split()[0]] for reason in reasons.values())


def left_out(run: RunDir, config: ExportConfig, processes: int | None = None) -> dict[str, str]:
    """Return the accepted dialogues of a run that become no rows, by id, with the reason of each.

    The result depends on the dialogues and their order alone. Raises ConfigError for a quota that
    no selection of the dialogues could keep.
    """
    quotas = {"injection": config.injection_share, "domain": config.domain_share}
    if config.similar is None and min(quotas.values()) >= 1:
        return {}
    reader = Reader(config.similar, domains=config.domain_share < 1)
    every, labels = Sketches(config.similar or 1), list[Labels]()
    seen: dict[Labels, Labels] = {}
    with each_shard(run, reader, processes) as shards:
        for sketches, found in shards:
            every.merge(sketches)
            labels += [seen.setdefault(each, each) for each in found]
    reasons = every.repeated() if config.similar is not None else {}
    rows = {id: own for id, own in zip(every.ids, labels, strict=True) if id not in reasons}
    return reasons | over_quota(rows, quotas)


@dataclass
class Reader:
    """Reads what selection needs of the accepted dialogues of a shard: their sketches and labels.

    `domains`: whether their domains are needed, too.
    """

    similar: float | None
    domains: bool

    def __call__(self, path: Path) -> tuple[Sketches, list[Labels]]:
        """Return sketches and labels, in order; raise RunDirError for an unreadable shard."""
        names = ("id", "outcome", "turns", *(("tools",) if self.domains else ()))
        rows = [row for row in _columns(path, names) if row["outcome"] == "accepted"]
        turns = [json.loads(row["turns"]) for row in rows]
        sketches = Sketches(self.similar or 1)
        sketches.add([(row["id"], each) for row, each in zip(rows, turns, strict=True)])
        return sketches, list(map(_labels, rows, turns))


def _labels(row: JsonObject, turns: list[JsonObject]) -> Labels:
    labels = {f"injection {turn['injection']}" for turn in turns if turn.get("injection")}
    if "tools" in row:
        called = {call["name"] for turn in turns for call in turn["calls"]}
        tools = (tool for tool in json.loads(row["tools"]) if tool["name"] in called)
        labels |= {f"domain {tool['domain']}" for tool in tools}
    return tuple(sorted(labels))


def _columns(path: Path, names: Sequence[str]) -> list[JsonObject]:
    try:
        with pa.OSFile(str(path)) as file:
            found = pa.ipc.open_file(file).schema.names
            options = pa.ipc.IpcReadOptions(included_fields=[found.index(name) for name in names])
            rows: list[JsonObject] = pa.ipc.open_file(file, options=options).read_all().to_pylist()
            return rows
    except (OSError, pa.ArrowInvalid, ValueError) as error:
        raise RunDirError(f"{path}: not a readable shard ({error})") from error


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
