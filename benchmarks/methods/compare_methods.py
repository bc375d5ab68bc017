"""Compares our method's presets with the baseline: same tools, plans, verifier and engine.

    python -m benchmarks.methods.compare_methods [--engine h100|cpu] [--model DIR] [--dialogues N]
                                         [--seeds 1 2 3] [--open N] [--only NAME ...]
                                         [--log FILE.jsonl] [--section NAME] [--note TEXT]
                                         [key=value ...]

These are run in turn, in reverse order with every second seed:

- The preset `paper`, also with masks where the rules find errors.
- The preset `fast`, also in variants.
- The baseline with an assistant that decides freely, and with one that the plan guides. Values and
  texts are written by the model, as in `paper`, or drawn with texts around them, as in `fast`; so
  the baseline has all the help that our method has. Its experts give one word each, and read what
  costs the baseline least: all of the dialogue, which its prefix cache holds already.

`cpu` is vLLM on this machine, with `on_cpu.yaml` laid over the presets. `h100` is an engine without
a model on the clock of one H100 (see `h100.py`). Calls, depth and tokens are real there, texts are
not: a method whose values a model must write cannot pass, and an assistant that decides freely
decides at random.

With a full engine, the critical path is the time that the engine takes for all open dialogues.
`--open 1` shows the time of the method alone.

Every run is appended to the log and is not repeated if the log has it. Runs of one name are added
up. `--section` also writes the tables into benchmarks/RESULTS.md.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from benchmarks.methods.play import Played, play, play_on
from benchmarks.methods.tables import Entry, markdown
from benchmarks.results import replace_section
from toolace_mt.config import RunConfig, validate_config
from toolace_mt.engine.base import start_engine
from toolace_mt.trajectory import Usage

ROOT = Path(__file__).resolve().parents[2]
MAS = ("method=simulation", "initialization.system=false", "initialization.policies=[]")
"""The baseline knows no system prompts."""
IN_CACHE = (
    *("verification.asking=apart", "verification.context=whole", "verification.reasons=false"),
)
RUNS: dict[str, tuple[str, ...]] = {
    "paper": ("paper",),
    "paper, findings first": ("paper", "refinement.selection=findings_first"),
    "fast": ("fast",),
    "fast, reading more": (
        *("fast", "refinement.context=turns"),
        *("verification.asking=apart", "verification.context=whole"),
    ),
    "fast, texts in one call": ("fast", "refinement.fill=together"),
    "fast, masks at random": (
        "fast",
        *("refinement.selection=uniform", "refinement.passes=1"),
        *("refinement.judge=true", "refinement.reasons=false", "refinement.context=intact"),
        *("refinement.fill=together", "initialization.skeleton=together"),
    ),
    "baseline, free": ("paper", *MAS, "simulation.assistant=free", *IN_CACHE),
    "baseline, guided": ("paper", *MAS, "simulation.assistant=guided", *IN_CACHE),
    "baseline, guided, drawn values": ("fast", *MAS, "simulation.assistant=guided", *IN_CACHE),
}


def main() -> None:
    options = read_options()
    text = report(options)
    print(f"\n{text}")
    if options.section:
        replace_section(options.section, f"## {options.section}\n\n{text}")


def report(options: argparse.Namespace) -> str:
    """Return the tables of the wanted runs, as Markdown, with what they were measured on."""
    seeds = ", ".join(map(str, options.seeds))
    about = [
        f"Engine: {_engine(options)}. {options.dialogues * len(options.seeds)} planned dialogues"
        f" for each row, in {len(options.seeds)} runs (seeds {seeds}) that alternate. Costs per"
        " planned dialogue; turns and tool calls per accepted one.",
        *([f"Open at a time: {options.open}."] if options.open else []),
        *([f"Settings changed: {', '.join(options.overrides)}."] if options.overrides else []),
        *([options.note] if options.note else []),
    ]
    return "\n".join([*about, "", markdown(measured(options))])


def measured(options: argparse.Namespace) -> list[Entry]:
    """Return the wanted runs, those that the log lacks played now and added to it."""
    done = {entry.key: entry for entry in _read(options.log)}
    wanted = [
        (name, seed)
        for number, seed in enumerate(options.seeds)
        for name in list(options.only or RUNS)[:: -1 if number % 2 else 1]
    ]
    keys = [_key(name, seed, options) for name, seed in wanted]
    missing = [both for both, key in zip(wanted, keys, strict=True) if key not in done]
    for entry in _play(missing, options):
        done[entry.key] = entry
        _append(options.log, entry)
        print(f"{entry.name}, seed {entry.seed}: {entry.played.accepted} accepted", flush=True)
    return [done[key] for key in keys]


def _key(name: str, seed: int, options: argparse.Namespace) -> tuple[Any, ...]:
    dumped = _config(name, seed, options).model_dump_json().encode()
    resolved = f"settings={blake2b(dumped, digest_size=6).hexdigest()}"  # those of presets change
    settings = (resolved, *([f"open={options.open}"] if options.open else ()))
    return _engine(options), name, seed, options.dialogues, settings


def _engine(options: argparse.Namespace) -> str:
    return "H100 clock" if options.engine == "h100" else f"vLLM on CPU, {options.model.name}"


def _play(missing: list[tuple[str, int]], options: argparse.Namespace) -> Iterator[Entry]:
    """Play what is missing, on one engine whose prefix cache is emptied before every run."""
    if options.engine == "h100":
        for name, seed in missing:
            config = _config(name, seed, options)
            played = play(config, virtual=True, most_open=options.open)
            yield _entry(name, seed, played, options)
    elif missing:
        engine: Any = start_engine(_config(*missing[0], options).engine, 0)
        with asyncio.Runner() as runner:
            for name, seed in missing:
                runner.run(engine.forget_prefixes())
                config = _config(name, seed, options)
                played = runner.run(play_on(engine, config, most_open=options.open))
                yield _entry(name, seed, played, options)
            runner.run(engine.close())


def _entry(name: str, seed: int, played: Played, options: argparse.Namespace) -> Entry:
    return Entry(*_key(name, seed, options), played)


def _config(name: str, seed: int, options: argparse.Namespace) -> RunConfig:
    preset, *overrides = RUNS[name]
    layers = [OmegaConf.load(ROOT / f"configs/{preset}.yaml")]
    if options.engine == "cpu":
        layers.append(OmegaConf.load(Path(__file__).with_name("on_cpu.yaml")))
        overrides.append(f"engine.model={options.model}")
    overrides += [*options.overrides, f"dialogues={options.dialogues}", f"seed={seed}"]
    merged = OmegaConf.merge(*layers, OmegaConf.from_dotlist(overrides))
    return validate_config(OmegaConf.to_container(merged), name)


def _read(path: Path) -> Iterator[Entry]:
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        entry = json.loads(line)
        played = entry.pop("played")
        if "kinds" not in played:  # of a version that did not count them
            continue
        played["usage"] = Usage(**played["usage"])
        entry["settings"] = tuple(entry["settings"])
        yield Entry(**entry, played=Played(**played))


def _append(path: Path, entry: Entry) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(entry)) + "\n")


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse these arguments, or those of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("overrides", nargs="*", metavar="key=value")
    parser.add_argument("--engine", choices=("h100", "cpu"), default="h100")
    parser.add_argument("--model", type=Path, default=Path("models/smollm2-135m-instruct"))
    parser.add_argument("--dialogues", type=int, default=200)
    parser.add_argument("--open", type=int, help="dialogues in the making at a time")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--only", nargs="+", choices=list(RUNS), metavar="NAME")
    parser.add_argument("--log", type=Path, default=Path("runs/compare_methods.jsonl"))
    parser.add_argument(
        "--section", default="", help="write the tables there in benchmarks/RESULTS.md"
    )
    parser.add_argument("--note", default="", help="a remark that stands above the tables")
    return parser.parse_intermixed_args(arguments)


if __name__ == "__main__":
    main()
