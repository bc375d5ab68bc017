"""Measures each lever alone: what it saves, and how many dialogues still pass.

    python -m benchmarks.methods.ablation [CONFIG] [--engine h100|own] [--dialogues N]
                                  [--seeds 1 2 3] [--only NAME ...] [--section NAME] [key=value ...]

- CONFIG's settings are the base (default: configs/paper.yaml); levers that change nothing there are
  left out.
- `h100` draws texts from the seed on the clock of one H100 (see `h100.py`). Calls, depth and tokens
  are then real, texts are not: its pass rate only says whether the rules hold.
- `own` is the engine of CONFIG, started again for every row, so that no row finds another's prefix
  cache.
- With several seeds a cell is the median of its rows.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.methods.play import COLUMNS, causes, figures, overridden, play, shown
from benchmarks.results import replace_section
from toolace_mt.config import RunConfig, load_config
from toolace_mt.errors import ConfigError

WEAK = ("initialization.values=seeded", "initialization.grounding=constrained")
LEAN = (
    *("initialization.skeleton=together", "refinement.injecting=together"),
    *("refinement.round=at_once", "refinement.context=intact", "refinement.fill=together"),
    *("refinement.reasons=false", "verification.reasons=false", "refinement.passes=1"),
)
ALL = (*WEAK, *LEAN)
TURNS = ("refinement.context=turns",)
DRAFTED = ("initialization.skeleton=drafted",)
BY_SUBTASK = ("refinement.fill=by_subtask",)
PLANNED = ("initialization.plan=drawn",)
EXAMPLES = ("refinement.context=examples",)
OUTLINE = ("verification.asking=together", "verification.context=texts")
REPAIR = ("refinement.selection=findings_only", "refinement.passes=3", "refinement.judge=false")
LEVERS: dict[str, tuple[str, ...]] = {
    "base": (),
    "no prefix caching": ("engine.args.enable_prefix_caching=false",),
    "plan: drawn": PLANNED,
    "values: seeded": ("initialization.values=seeded",),
    "grounding: constrained": ("initialization.grounding=constrained",),
    "values and grounding": WEAK,
    "skeleton: together": ("initialization.skeleton=together",),
    "skeleton: drafted": (*WEAK, *DRAFTED),
    "skeleton: side by side": (*WEAK, "initialization.skeleton=side_by_side"),
    "injecting: together": ("refinement.injecting=together",),
    "round: at once": ("refinement.round=at_once",),
    "context: intact": ("refinement.context=intact",),
    "context: intact, round: at once": ("refinement.context=intact", "refinement.round=at_once"),
    "context: turns": TURNS,
    "context: examples": (*WEAK, *EXAMPLES),
    "fill: together": ("refinement.fill=together",),
    "fill: parallel": ("refinement.fill=parallel",),
    "selection: findings first": ("refinement.selection=findings_first",),
    "selection: findings only": ("refinement.selection=findings_only",),
    "judge: one word": ("refinement.reasons=false",),
    "judge: rules alone": ("refinement.judge=false",),
    "experts: one word": ("verification.reasons=false",),
    "experts: in one call": ("verification.asking=together",),
    "experts: of an outline": ("verification.context=texts",),
    "experts: of an outline, in one call": OUTLINE,
    "patience: 1": ("refinement.patience=1",),
    "passes: 3": ("refinement.passes=3",),
    "passes: 1": ("refinement.passes=1",),
    "passes: 0": ("refinement.passes=0",),
    "all of them, values by the model": LEAN,
    "all of them": ALL,
    "… and the rules say what to mend": (*ALL, *REPAIR),
    "… and context: turns": (*ALL, *REPAIR, *TURNS),
    "… and skeleton: drafted": (*ALL, *REPAIR, *TURNS, *DRAFTED),
    "… and fill: by sub-task": (*ALL, *REPAIR, *TURNS, *DRAFTED, *BY_SUBTASK),
    "… and plan: drawn": (*ALL, *REPAIR, *TURNS, *DRAFTED, *BY_SUBTASK, *PLANNED),
    "… and context: examples": (*ALL, *REPAIR, *EXAMPLES, *DRAFTED, *BY_SUBTASK, *PLANNED),
    "… and experts of an outline (fast.yaml)": (
        *(*ALL, *REPAIR, *EXAMPLES, *DRAFTED, *BY_SUBTASK, *PLANNED, *OUTLINE),
    ),
    "baseline, free": ("method=simulation", "simulation.assistant=free"),
    "baseline, guided": ("method=simulation", "simulation.assistant=guided"),
    "baseline, guided, values and grounding": (
        *("method=simulation", "simulation.assistant=guided", *WEAK),
    ),
    "baseline, guided, values, grounding and plan: drawn": (
        *("method=simulation", "simulation.assistant=guided", *WEAK, *PLANNED),
    ),
}


def main() -> None:
    options = _options()
    base = load_config(options.config, [f"dialogues={options.dialogues}", *options.overrides])
    rows: dict[str, list[float]] = {}
    notes: list[str] = []
    for name, overrides in _levers(base, options.only):
        played = [
            play(overridden(base, f"seed={seed}", *overrides), virtual=options.engine == "h100")
            for seed in options.seeds
        ]
        rows[name] = [median(column) for column in zip(*map(figures, played), strict=True)]
        notes.append(f"{name}: {causes(played)}")
        print(f"{name}: " + ", ".join(map(shown, rows[name])), flush=True)
    text = markdown(rows, notes, options)
    print(f"\n{text}")
    if options.section:
        replace_section(options.section, f"## {options.section}\n\n{text}")


def _levers(base: RunConfig, only: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, overrides in LEVERS.items():
        if only and name not in only:
            continue
        try:
            changed = overridden(base, *overrides)
        except ConfigError as error:  # such as a setting of another kind of engine
            print(f"{name}: left out: {error.message}")
            continue
        if not overrides or changed != base:
            yield name, overrides


def markdown(rows: dict[str, list[float]], notes: list[str], options: argparse.Namespace) -> str:
    """Return the table with what it was measured on."""
    head = ["lever", *COLUMNS]
    lines = [
        f"{options.config}, engine {options.engine}, {options.dialogues} dialogues,"
        f" seeds {', '.join(map(str, options.seeds))}. Costs per planned dialogue,"
        " turns and tool calls per accepted one.",
        "",
        "| " + " | ".join(head) + " |",
        "|---|" + "---:|" * (len(head) - 1),
    ]
    lines += [f"| {name} | " + " | ".join(map(shown, row)) + " |" for name, row in rows.items()]
    lines += ["", "Dialogues not accepted, by cause:", "", *(f"- {note}" for note in notes)]
    return "\n".join(lines) + "\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", nargs="?", type=Path, default=Path("configs/paper.yaml"))
    parser.add_argument("overrides", nargs="*", metavar="key=value")
    parser.add_argument("--engine", choices=("h100", "own"), default="h100")
    parser.add_argument("--dialogues", type=int, default=200)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--only", nargs="+", default=[], choices=list(LEVERS), metavar="NAME")
    parser.add_argument(
        "--section", default="", help="write the table there in benchmarks/RESULTS.md"
    )
    return parser.parse_intermixed_args()


if __name__ == "__main__":
    main()
