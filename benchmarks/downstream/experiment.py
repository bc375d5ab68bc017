"""Proof downstream: one model, several sets of rows, equal rows of each, and what it then can do.

    python -m benchmarks.downstream.experiment OUT [--model DIR] [--rows 300] [--seeds 0 1 2]
        [--arms fast baseline told none] [--lora] [--bfcl PACKAGE] [--write]

Each arm is a run of ours or of the baseline, with tools that the evaluation does not have; `told`
is `fast` whose users tell every value. The evaluation is a run of `fast` with the other tools.
Every step is a command of its own and is left out if its result is there, so that the experiment
continues after every stop. `--write` puts the table into docs/downstream.md.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files as resources
from itertools import chain
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from benchmarks.downstream.evaluate import shares
from benchmarks.downstream.train import DONE
from benchmarks.methods.compare_methods import MAS
from benchmarks.results import replace_section
from toolace_mt.config import ArgumentMix

ROOT = Path(__file__).resolve().parents[2]
ON_CPU = ROOT / "benchmarks" / "methods" / "on_cpu.yaml"
ARGUMENTS = tuple(ArgumentMix.model_fields)
ARMS: dict[str, tuple[str, ...]] = {
    "fast": ("fast",),
    "baseline": ("fast", *MAS, "simulation.assistant=guided"),
    "told": (
        "fast",
        *(f"initialization.arguments.{name}=0" for name in ARGUMENTS if name != "told"),
    ),
    "none": (),
}
"""Preset and settings of each arm; "none" is the model as it is."""
_HELD_OUT = 3  # every third domain of the starter tools is for the evaluation alone
_RESAMPLES = 2000


def main() -> None:
    given = _arguments()
    to_train, to_test = _sources()
    tasks = _export(_made(given, "evaluation", ARMS["fast"], to_test), "tasks")
    for arm in given.arms:
        rows = ARMS[arm] and _export(_made(given, arm, ARMS[arm], to_train), "axolotl")
        for seed in given.seeds if rows else given.seeds[:1]:
            result = given.out / "results" / f"{arm}-{seed}.json"
            if result.exists():
                continue
            model = _trained(given, arm, rows, seed) if rows else given.model
            _module("evaluate", model, tasks, result, *_evaluation(given))
    table = _table(given)
    print(table)
    if given.write:
        replace_section("Results", table, ROOT / "docs" / "downstream.md")


def _sources() -> tuple[list[str], list[str]]:
    """Return the domains of the starter tools: those to train with, and those to evaluate with."""
    folder = resources("toolace_mt.tools") / "starter"
    domains = sorted(entry.name.removesuffix(".jsonl") for entry in folder.iterdir())
    return (
        [f"starter:{name}" for at, name in enumerate(domains) if at % _HELD_OUT],
        [f"starter:{name}" for at, name in enumerate(domains) if not at % _HELD_OUT],
    )


def _made(given: argparse.Namespace, name: str, arm: Sequence[str], sources: list[str]) -> Path:
    """Return the directory of a finished run of an arm, on this machine's CPU."""
    run: Path = given.out / "runs" / name
    if (run / "dataset").exists():
        return run
    planned = given.dialogues if name == "evaluation" else int(given.rows * given.surplus)
    preset, *settings = arm
    config = OmegaConf.merge(
        *(OmegaConf.load(path) for path in (ROOT / "configs" / f"{preset}.yaml", ON_CPU)),
        OmegaConf.from_dotlist([f"dialogues={planned}", "shard_size=50", *settings]),
        {"run_dir": str(run), "tools": {"source": sources}, "engine": {"model": given.model}},
    )
    written = given.out / "configs" / f"{name}.yaml"
    written.parent.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, written)
    _run("toolace_mt", "run", str(written))
    return run


def _export(run: Path, form: str) -> Path:
    out = run / "exports"
    if not (out / form).exists():
        _run("toolace_mt", "export", str(run), "--format", form, "--out", str(out))
    return out / form


def _trained(given: argparse.Namespace, arm: str, rows: Path, seed: int) -> Path:
    model: Path = given.out / "models" / f"{arm}-{seed}"
    if not (model / DONE).exists():
        lora = ("--lora",) if given.lora else ()
        settings = ("--rows", given.rows, "--longest", given.longest, "--seed", seed, *lora)
        _module("train", given.model, rows, model, *settings)
    return model


def _evaluation(given: argparse.Namespace) -> list[Any]:
    bfcl = ["--bfcl", given.bfcl] if given.bfcl else []
    return ["--dialogues", given.dialogues, *bfcl]


def _module(name: str, *arguments: object) -> None:
    _run(f"benchmarks.downstream.{name}", *map(str, arguments))


def _run(module: str, *arguments: str) -> None:
    command = [sys.executable, "-m", module, *arguments]
    print("$", " ".join(command[1:]), flush=True)
    subprocess.run(command, check=True, cwd=ROOT)


def _table(given: argparse.Namespace) -> str:
    """Return a line for each arm: shares over all seeds, with 95% intervals over dialogues."""
    lines = ["| rows | seeds | exact calls | replies | dialogues solved | BFCL multi-turn |"]
    lines.append("|---|---|---|---|---|---|")
    for arm in given.arms:
        files = [given.out / "results" / f"{arm}-{seed}.json" for seed in given.seeds]
        files = [file for file in files if file.exists()]
        results = [json.loads(file.read_text("utf-8")) for file in files]
        if not results:
            continue
        names = sorted({name for result in results for name in result["dialogues"]})
        seeds = [
            [r["dialogues"][name] for r in results if name in r["dialogues"]] for name in names
        ]
        cells = [_interval(seeds, name) for name in shares(seeds[0])]
        judged = [yes for result in results for yes in result.get("bfcl", {}).values()]
        bfcl = f"{sum(judged)} of {len(judged)}" if judged else "not played"
        lines.append(f"| {' | '.join([arm, str(len(files)), *cells, bfcl])} |")
    return "\n".join(lines)


def _interval(seeds: list[list[dict[str, list[int]]]], name: str) -> str:
    """Return a share with its 95% interval, by drawing dialogues again (bootstrap).

    `seeds` has for each dialogue what every seed made of it; they are drawn together.
    """
    rng = random.Random(0)

    def share(drawn: list[list[dict[str, list[int]]]]) -> float:
        return shares(list(chain(*drawn)))[name]

    again = sorted(share(rng.choices(seeds, k=len(seeds))) for _ in range(_RESAMPLES))
    low, high = again[int(0.025 * _RESAMPLES)], again[int(0.975 * _RESAMPLES)]
    return f"{share(seeds):.1%} ({low:.1%} to {high:.1%})"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="models/smollm2-135m-instruct")
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--longest", type=int, default=2048, help="tokens of a row")
    parser.add_argument("--surplus", type=float, default=1.3, help="dialogues planned per row")
    parser.add_argument("--dialogues", type=int, default=100, help="to evaluate with")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--lora", action="store_true")
    parser.add_argument("--bfcl", type=Path, help="folder with the package bfcl_eval")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
