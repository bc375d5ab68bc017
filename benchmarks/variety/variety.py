"""Measures how varied dialogues are: of runs, and of anybody's files.

    python -m benchmarks.variety.variety NAME=RUN_DIR_OR_FILE ... [--out docs/variety.md]

A RUN_DIR is a finished run, of which the accepted dialogues count; a FILE is JSON Lines that
`toolace-mt verify` reads, such as what `benchmarks.public.dialogues` has converted. Of each, up to
1,000 dialogues are sampled, and all texts are cut to as many words as the smallest has.
"""

import argparse
import math
from collections import Counter
from pathlib import Path

from benchmarks.detection.planted_defects import of_file
from toolace_mt.report.diversity import Quality, entropy, measure, sampled, texts_of
from toolace_mt.run.directory import RunDir
from toolace_mt.run.shards import read_shard
from toolace_mt.schemas.paths import leaves
from toolace_mt.trajectory import Trajectory

_ABOUT = """Written by `benchmarks/variety/variety.py`; do not edit.

- *entropy* (bits a word), *distinct-n* (different n-grams among all) and *self-BLEU* (BLEU of a
  text against all others; lower is more varied) are of the texts of user and assistant, over the
  same number of words of each: {words:,}.
- *usage examples*: the mean share of a text's 3-grams that stand in the usage examples of its
  tools, with any values.
- *values*: different ones among all argument values that are texts or numbers, and the entropy of
  their distribution as a share of the largest possible; over the same number of values: {values:,}.
- *tools called*: different tools called, of as many calls: {values:,} or fewer.

The texts of the scripted engine are drawn words: of its runs only values and tools tell something.
Public dialogues: see [public_dialogues.md](public_dialogues.md)."""
_HEADS = (
    *("", "dialogues", "entropy", "distinct-1", "distinct-2", "distinct-3", "self-BLEU"),
    *("usage examples", "different values", "evenness of values", "tools called"),
)


def main() -> None:
    options = _options()
    text = report({name: read(Path(place)) for name, place in options.sources})
    print(text)
    if options.out:
        options.out.write_text(text, "utf-8")


def read(place: Path) -> list[Trajectory]:
    """Return a sample of the accepted dialogues of a run, or of the dialogues of a file."""
    if not place.is_dir():
        return sampled(list(of_file(place)))
    shards = RunDir(place).shards("verification")
    dialogues = (dialogue for path in shards for dialogue in read_shard(path))
    return sampled([d for d in dialogues if d.verdict and d.verdict.outcome == "accepted"])


def report(sources: dict[str, list[Trajectory]]) -> str:
    """Return the table of all sources as Markdown."""
    words = min(sum(map(len, texts_of(dialogues))) for dialogues in sources.values())
    values = min(len(values_of(dialogues)) for dialogues in sources.values())
    rows = [
        _row(name, measure(dialogues, words), dialogues, values)
        for name, dialogues in sources.items()
    ]
    lines = [_HEADS, ("---", *("---:" for _ in _HEADS[1:])), *rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"# Variety\n\n{_ABOUT.format(words=words, values=values)}\n\n{table}\n"


def _row(name: str, quality: Quality, dialogues: list[Trajectory], count: int) -> tuple[str, ...]:
    values = values_of(dialogues)[:count]
    names = [call.name for each in dialogues for _, call, _ in each.calls()][:count]
    near = quality.near_usage
    return (
        *(name, f"{quality.dialogues:,}", f"{quality.entropy:.2f}"),
        *(f"{share:.3f}" for share in quality.distinct),
        f"{quality.self_bleu:.3f}",
        "-" if near is None else f"{near:.1%}",
        f"{len(set(values)) / len(values):.1%}" if values else "-",
        f"{entropy(Counter(values)) / math.log2(len(values)):.2f}" if len(values) > 1 else "-",
        f"{len(set(names)):,}",
    )


def values_of(dialogues: list[Trajectory]) -> list[str]:
    """Return all argument values that are texts or numbers, as texts, in order."""
    calls = (call for each in dialogues for _, call, _ in each.calls())
    found = (value for call in calls for _, value in leaves(call.arguments))
    return [str(value) for value in found if not isinstance(value, bool) and value is not None]


def _source(text: str) -> tuple[str, str]:
    name, found, place = text.partition("=")
    if not found or not Path(place).exists():
        raise argparse.ArgumentTypeError(f"expected NAME=PLACE of a run or file, got {text!r}")
    return name, place


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sources", nargs="+", type=_source, metavar="NAME=PLACE")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
