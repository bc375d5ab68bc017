"""Measures how busy a run keeps its engine: its requests again, through bare vLLM.

    python -m benchmarks.throughput.utilisation [--config FILE] [--dialogues 36]
                                  [--repeat 3] [--keep DIR] [--write] [key=value ...]

A run is made as a user makes it. Then its requests (`request_log`) go through `vllm.LLM` in a
process of its own, with the same engine arguments and sampling parameters, all at once. No dialogue
waits there for its next call, and nothing is drawn, checked or journaled: this is the most that the
engine can do. Both are repeated in turn.

- *Load* is the time from the first answer to nine tenths of the output tokens.
- *Tail* is the rest: the last dialogues wait for their own calls, and slots stay empty.
- *Whole* begins when the engine is up; for the run it includes the start of Ray's tasks.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.results import replace_section

ROOT = Path(__file__).parents[2]
POLL_SECONDS = 0.25
LOAD = 0.9  # share of the output tokens


@dataclass(frozen=True, slots=True)
class Speed:
    """Output tokens a second, by phase."""

    load: float
    tail: float
    whole: float
    tokens: int


def speed(answers: Sequence[tuple[float, int]]) -> Speed:
    """Work out the speeds from answers: seconds since the engine was up, and output tokens."""
    ordered = sorted(answers)
    total = sum(tokens for _, tokens in ordered)
    first, last = ordered[0][0], ordered[-1][0]
    turned, before, done = last, 0, 0
    for at, tokens in ordered:
        done += tokens
        if done >= LOAD * total:
            turned, before = at, done
            break
    return Speed(
        load=before / max(turned - first, 1e-9),
        tail=(total - before) / max(last - turned, 1e-9),
        whole=total / last,
        tokens=total,
    )


def run(config: Path, run_dir: Path, overrides: Sequence[str]) -> Speed:
    """Make a run, and watch its journals for the answers."""
    command = [sys.executable, "-m", "toolace_mt", "run", str(config), f"run_dir={run_dir}"]
    log = run_dir.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen([*command, *overrides], stdout=output, stderr=output)
        answers = list(_answers(process, run_dir))
    if process.returncode:
        raise SystemExit(log.read_text("utf-8", "replace")[-2000:])
    up = (run_dir / "state" / "engines.json").stat().st_mtime
    return speed([(at - up, tokens) for at, tokens in answers])


def _answers(process: subprocess.Popen[bytes], run_dir: Path) -> Iterator[tuple[float, int]]:
    """Yield when each line appeared in a journal, and its output tokens."""
    read: dict[Path, int] = {}
    over = False
    while not over:
        over = process.poll() is not None  # looked at once more after that
        now = time.time()
        for path in sorted(run_dir.glob("journal/*/*/*.jsonl")):
            with path.open("rb") as file:
                file.seek(read.get(path, 0))
                whole = file.read().rpartition(b"\n")[0]
            if whole:
                read[path] = read.get(path, 0) + len(whole) + 1
            for line in whole.splitlines():
                yield now, json.loads(line.partition(b" ")[2])["output_tokens"]
        time.sleep(POLL_SECONDS)


def bare(run_dir: Path) -> Speed:
    """Send the requests of a run through bare vLLM."""
    result = run_dir.with_suffix(".bare.json")
    command = [sys.executable, "-m", "benchmarks.throughput.bare", str(run_dir), str(result)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    measured = json.loads(result.read_bytes())
    return speed([(at, made) for at, made, _ in measured["answers"]])


def table(runs: list[Speed], bares: list[Speed]) -> str:
    """Return medians with spread, and the share of bare vLLM's speed that the runs reach."""
    rows = [
        "| output tokens/s | run, median (of all) | bare vLLM | run / bare, pair by pair |",
        "|---|---:|---:|---:|",
    ]
    for phase in ("load", "tail", "whole"):
        ours, theirs = ([getattr(s, phase) for s in speeds] for speeds in (runs, bares))
        shares = [one / other for one, other in zip(ours, theirs, strict=True)]
        cells = [_spread(ours, 0), _spread(theirs, 0), _spread(shares, 3)]
        rows.append(f"| {phase} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _spread(values: list[float], digits: int) -> str:
    low, middle, high = (f"{f(values):.{digits}f}" for f in (min, median, max))
    return f"{middle} ({low}–{high})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "quickstart.yaml")
    parser.add_argument("--dialogues", type=int, default=36)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="where the runs stay (default: nowhere)")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    parser.add_argument("overrides", nargs="*", help="settings, as for `toolace-mt run`")
    options = parser.parse_args()
    runs: list[Speed] = []
    bares: list[Speed] = []
    with tempfile.TemporaryDirectory() as folder:
        place = options.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for number in range(options.repeat):
            run_dir = (place / f"run-{number}").absolute()
            overrides = (f"dialogues={options.dialogues}", *options.overrides)
            runs.append(run(options.config, run_dir, overrides))
            bares.append(bare(run_dir))
            print(runs[-1], bares[-1], sep="\n", flush=True)
    found = (
        f"{options.config.name}, {options.dialogues} dialogues, {options.repeat} runs and as many"
        f" repetitions of their requests in turns, {runs[0].tokens:,} output tokens each."
    )
    print(found, table(runs, bares), sep="\n\n")
    if options.write:
        replace_section("utilisation", f"## Utilisation\n\n{found}\n\n{table(runs, bares)}")


if __name__ == "__main__":
    main()
