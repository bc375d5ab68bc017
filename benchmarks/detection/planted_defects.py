"""Measures which of the defects planted in good dialogues the rules find.

    python -m benchmarks.detection.planted_defects [FILE ...] [--scripted N] [--places N] [--most N]
                                         [--seed N] [--out docs/planted_defects.md]
                                         [--experts CONFIG [--set KEY=VALUE ...] [--samples N]]

Good dialogues are the hand-written and judged ones of the tests, dialogues that the scripted engine
makes (stages 1 and 2, values from the seed), and those of any FILE that `toolace-mt verify` reads.

- Each defect is planted at several places of each dialogue, one at a time. It is found if the rules
  then report an error where they reported none.
- Good dialogues with an error count as false rejects, and get no defects.
- Intervals are Wilson's, 95%.

`--experts` measures the experts of a run's configuration instead, with its engine in this process,
on as many good dialogues as there are samples of defects. The report is a section of the file at
`--out` (docs/expert_detection.md), under the name of the model.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.detection.detection import (
    Clean,
    Planted,
    measure_clean,
    measure_held_out,
    measure_planted,
    rate,
)
from benchmarks.detection.expert_detection import expert_report
from benchmarks.results import replace_section
from toolace_mt.config import (
    InitializationConfig,
    RefinementConfig,
    ScriptedConfig,
    ToolsConfig,
    load_config,
)
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.initialization import initialize
from toolace_mt.reading.dialogue import Dialogue, Problem, read_dialogue
from toolace_mt.reading.files import read_rows
from toolace_mt.refinement import refine
from toolace_mt.seeds import derive_seed
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Trajectory
from toolace_mt.verification.rules import RULES, check

_UNSEEN = (
    "What no rule can see, and only a model or a person can: a wrong tool among tools that all"
    " fit; a"
    " reply that leaves out half of the answer; a summary that is wrong without a wrong value; a"
    " second action claimed where one of its kind was made; results that the assistant should have"
    " filtered and did not; a question that need not have been asked; tone."
)


def main() -> None:
    options = _options()
    sources = {
        "hand-written": hand_written(),
        "judged": judged_right(),
        f"scripted engine, seed {options.seed}": scripted(options.scripted, options.seed),
    }
    sources |= {path.name: list(islice(of_file(path), options.most)) for path in options.files}
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    if options.experts:
        config = load_config(options.experts, options.set)
        everyone = [dialogue for dialogues in sources.values() for dialogue in dialogues]
        text = expert_report(everyone, config, options.samples, options.seed)
        if options.out:
            replace_section(Path(config.engine.model).name, text, options.out)
    else:
        text = markdown(sources, options.places, options.seed)
        if options.out:
            options.out.write_text(text, "utf-8")
    print(text)


def hand_written() -> list[Trajectory]:
    """Return the good dialogues of the tests."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    from dialogues import GOOD

    return [made() for made in GOOD.values()]


def judged_right() -> list[Trajectory]:
    """Return the dialogues that were judged right by hand, which the rules were not written on."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    from judged import judged

    return [one.dialogue for one in judged() if one.right]


def scripted(count: int, seed: int = 0) -> list[Trajectory]:
    """Return dialogues that stages 1 and 2 make with the scripted engine, failed ones left out."""
    made = asyncio.run(_made(count, seed))
    return [trajectory for trajectory in made if not trajectory.failure]


async def _made(count: int, seed: int) -> list[Trajectory]:
    generate = ScriptedEngine(ScriptedConfig(kind="scripted")).generate
    pool, weak = (
        load_pool("starter"),
        InitializationConfig(
            subtasks=(2, 4), steps=(1, 2), grounding="constrained", values="seeded"
        ),
    )
    made = []
    for number in range(count):
        empty = Trajectory(f"s{number}", derive_seed("planted", seed, number))
        start = await initialize(empty, generate, pool, ToolsConfig(), weak)
        made.append(await refine(start, generate, RefinementConfig(passes=1), weak.writing, check))
    return made


def of_file(path: Path) -> Iterator[Trajectory]:
    """Yield the dialogues of a file that can be read."""
    for row in read_rows(path):
        if isinstance(row.value, Problem):
            continue
        dialogue = read_dialogue(row.value, str(row.line))
        if isinstance(dialogue, Dialogue):
            yield dialogue.trajectory


def markdown(sources: dict[str, list[Trajectory]], places: int, seed: int) -> str:
    """Measure every source and return the report."""
    parts = [
        "# Planted defects",
        "Written by `benchmarks/detection/planted_defects.py`; do not edit. One defect at a time is"
        " planted in a dialogue without errors; *found* means that a rule now reports an error,"
        " *only warned* that it reports no more than a new warning. In brackets: 95% intervals"
        " (Wilson).",
        _UNSEEN,
    ]
    for name, dialogues in sources.items():
        parts.append(f"## {name}")
        parts.append(_clean_table(measure_clean(dialogues)))
        parts.append(_planted_table(measure_planted(dialogues, places, seed)))
        held = measure_held_out(dialogues, places, seed)
        parts.append(
            f"Held-out wordings of calls as text and claims, all together: {held.count} planted,"
            f" {rate(held.found, held.count)} found, {held.warned} only warned of."
        )
    return "\n\n".join(parts) + "\n"


def _clean_table(clean: Clean) -> str:
    lines = [
        f"{clean.dialogues} dialogues with {clean.calls} calls, as they stand:",
        "",
        "| rule | dialogues rejected | calls blamed |",
        "|---|---|---|",
    ]
    named = [("any rule", ""), *((rule, rule) for rule in RULES)]
    quiet = [rule for rule in RULES if not clean.rejected[rule]]
    lines += [
        f"| {shown} | {rate(clean.rejected[rule], clean.dialogues)}"
        f" | {rate(clean.blamed[rule], clean.calls)} |"
        for shown, rule in named
        if rule not in quiet
    ]
    each = rate(0, clean.dialogues)
    return "\n".join([*lines, "", f"Each of the {len(quiet)} other rules: {each} of dialogues."])


def _planted_table(results: dict[str, dict[str, Planted]]) -> str:
    lines = ["| defect | n | found | only warned | by |", "|---|---:|---|---:|---|"]
    for group, kinds in results.items():
        count, found = (sum(getattr(p, key) for p in kinds.values()) for key in ("count", "found"))
        warned = sum(planted.warned for planted in kinds.values())
        lines.append(f"| **{group}** | {count} | **{rate(found, count)}** | {warned} | |")
        for name, planted in kinds.items():
            by = ", ".join(f"{rule} {n}" for rule, n in planted.by.most_common(4))
            cells = (str(planted.count), rate(planted.found, planted.count), str(planted.warned))
            lines.append(f"| {name} | {' | '.join(cells)} | {by} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--scripted", type=int, default=60, help="dialogues of the scripted engine")
    parser.add_argument("--places", type=int, default=3, help="places per defect and dialogue")
    parser.add_argument("--most", type=int, default=300, help="dialogues read of each FILE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--experts", type=Path, metavar="CONFIG", help="measure its engine's experts"
    )
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="over CONFIG's")
    parser.add_argument("--samples", type=int, default=5, help="per defect, for the experts")
    parser.add_argument("--out", type=Path, help="file for the report")
    return parser.parse_args()


if __name__ == "__main__":
    main()
