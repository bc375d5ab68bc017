"""Our method against the baseline: same tools, plans, verifier and engine, seeds alternated.

    python benchmarks/compare_methods.py [CONFIG ...] [--engine h100|own] [--dialogues N]
                                         [--seeds 1 2 3] [--assistants free guided] [--out FILE.md]

Every CONFIG (default: configs/paper.yaml) is played as it is, and as the baseline with each kind of
assistant; which goes first changes with every seed. `h100` is a model-free engine on the clock of
one H100 (see `h100.py`): calls, depth and how tokens move are real there, texts are not, and an
assistant that decides freely decides at random. `own` is the engine that CONFIG names,
started anew each time. A cell is the median over the seeds.
"""

import argparse
from pathlib import Path
from statistics import median

from play import COLUMNS, Played, causes, figures, overridden, play, shown

from toolace_mt.config import load_config

TARGETS = {"accepted / engine-hour": 3.2, "critical path (s)": 1 / 3, "calls": 1 / 2}
"""What the method's ratio to the baseline is meant to be: at least, at most, at most."""


def main() -> None:
    options = _options()
    parts = []
    for config in options.configs:
        played = _play_all(config, options)
        rows = {
            name: [median(column) for column in zip(*map(figures, runs), strict=True)]
            for name, runs in played.items()
        }
        parts.append(markdown(config, rows, played, options))
        print(parts[-1], flush=True)
    if options.out:
        options.out.write_text("\n".join(parts), "utf-8")


def _play_all(config: Path, options: argparse.Namespace) -> dict[str, list[Played]]:
    base = load_config(config, [f"dialogues={options.dialogues}"])
    methods = {"toolace_mt": ("method=toolace_mt",)} | {
        f"baseline, {assistant}": ("method=simulation", f"simulation.assistant={assistant}")
        for assistant in options.assistants
    }
    played: dict[str, list[Played]] = {name: [] for name in methods}
    for number, seed in enumerate(options.seeds):
        for name in list(methods)[:: -1 if number % 2 else 1]:
            settings = overridden(base, f"seed={seed}", *methods[name])
            played[name].append(play(settings, virtual=options.engine == "h100"))
            print(f"{config.name}, seed {seed}, {name}: done", flush=True)
    return played


def markdown(
    config: Path,
    rows: dict[str, list[float]],
    played: dict[str, list[Played]],
    options: argparse.Namespace,
) -> str:
    """Return one column a method, and our method's ratio to each baseline."""
    ours, *others = rows
    head = ["", ours, *(cell for name in others for cell in (name, f"{ours} / {name}"))]
    lines = [
        f"{config}, engine {options.engine}, {options.dialogues} dialogues,"
        f" seeds {', '.join(map(str, options.seeds))}. Costs per planned dialogue,"
        " turns and tool calls per accepted one.",
        "",
        "| " + " | ".join(head) + " |",
        "|---|" + "---:|" * (len(head) - 1),
    ]
    accepted = {name: max(row[COLUMNS.index("pass rate")], 1e-9) for name, row in rows.items()}
    for place, column in enumerate((*COLUMNS, "calls per accepted")):
        values = {
            name: row[0] / accepted[name] if place == len(COLUMNS) else row[place]
            for name, row in rows.items()
        }
        cells = [column, shown(values[ours])]
        for name in others:
            ratio = shown(values[ours] / values[name]) if values[name] else ""
            cells += [shown(values[name]), ratio]
        lines.append("| " + " | ".join(cells) + " |")
    wanted = ", ".join(f"{name} {shown(ratio)}" for name, ratio in TARGETS.items())
    lines += ["", f"Ratios aimed at: {wanted}. Not accepted, by cause:", ""]
    lines += [f"- {name}: {causes(runs)}" for name, runs in played.items()]
    return "\n".join(lines) + "\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", nargs="*", type=Path, default=[Path("configs/paper.yaml")])
    parser.add_argument("--engine", choices=("h100", "own"), default="h100")
    parser.add_argument("--dialogues", type=int, default=200)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--assistants", nargs="+", default=["free", "guided"])
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
