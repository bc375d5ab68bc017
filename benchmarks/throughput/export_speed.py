"""Measures how fast a run's dialogues become a dataset, and whether memory stays flat.

    python -m benchmarks.throughput.export_speed RUN_DIR [--copies N] [--repeat N] [--old CHECKOUT]
                                                 [--processes N ...] [--write]

RUN_DIR is a finished run, such as one of `configs/scripted.yaml` with `dialogues=1000`. Its
verified shards are copied N times under new ids. Each measurement is a process of its own that
writes the dataset as a run does at its end. CPU seconds include its child processes; on a shared
machine only they tell what the code needs. `--old` is a checkout of another version, measured in
turn with this one. `--write` puts the table into RESULTS.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.results import replace_section
from toolace_mt.run.arrow import from_table, to_row
from toolace_mt.run.shards import publish, read_sums

_MEASURE = """
import json, os, resource, sys, time
from pathlib import Path
import yaml
run, processes = Path(sys.argv[1]), sys.argv[2]
try:
    from toolace_mt.dataset.writer import write_dataset
except ImportError:
    from toolace_mt.export.dataset import write_dataset
from toolace_mt.config import validate_config
import datasets, pyarrow.parquet
if processes != "old":
    from toolace_mt.dataset import processes as convert
    os.sched_getaffinity = lambda _: range(int(processes))
    convert.MOST = int(processes)
settings = yaml.safe_load((run / "config.yaml").read_bytes())
settings["export"] = {} if processes == "old" else {"similar": None}  # rows are copies
config = validate_config(settings, "config.yaml")
wall, cpu = time.perf_counter(), time.process_time()
summary = write_dataset(run, config)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
status = Path("/proc/self/status").read_text("ascii")
print(json.dumps({
    "rows": summary.train + summary.rejected,
    "wall": time.perf_counter() - wall,
    "cpu": time.process_time() - cpu + used.ru_utime + used.ru_stime,
    "peak": int(status.partition("VmHWM:")[2].split()[0]) / 2**10,
    "child": used.ru_maxrss / 2**10,
}))
"""


def main() -> None:
    options = _options()
    versions = {
        f"new, {n} processes" if n > 1 else "new, one process": n for n in options.processes
    }
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in versions}
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small"), Path(folder, "large")
        copy_run(options.run_dir, small, max(1, options.copies // 5))
        copy_run(options.run_dir, large, options.copies)
        if options.old:
            figures = {"old": []} | figures
        for _ in range(options.repeat):
            for name in figures:
                checkout = options.old if name == "old" else Path.cwd()
                figures[name].append(measure(large, str(versions.get(name, "old")), checkout))
        flat = {n: measure(small, str(v), Path.cwd()) for n, v in versions.items()}
    table = report(figures, flat)
    print(table)
    if options.write:
        replace_section("export", table)


def copy_run(source: Path, target: Path, copies: int) -> None:
    """Copy a run's verified dialogues so many times, each time under ids of their own."""
    for name in ("config.yaml", "tools.jsonl", "manifest.json"):
        target.mkdir(exist_ok=True)
        shutil.copy(source / name, target / name)
    number = 0
    for copy in range(copies):
        for stage in ("initialization", "refinement", "simulation", "verification"):
            for place, path in enumerate(sorted((source / "shards" / stage).glob("*.arrow"))):
                to = target / "shards" / stage / f"{number + place:05d}.arrow"
                to.parent.mkdir(parents=True, exist_ok=True)
                if stage == "verification":
                    _publish(path, to, f"{copy}-")
                else:
                    shutil.copy(path, to)
        number += len(list((source / "shards" / "verification").glob("*.arrow")))


def _publish(path: Path, to: Path, prefix: str) -> None:
    import pyarrow as pa

    with pa.memory_map(str(path)) as file:
        dialogues = from_table(pa.ipc.open_file(file).read_all())
    rows = (to_row(dialogue) for dialogue in dialogues)
    publish(to, [{**row, "id": prefix + row["id"]} for row in rows], read_sums(path))


def measure(run: Path, processes: str, checkout: Path) -> dict[str, float]:
    """Write the dataset of a run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(run), processes],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        cwd=run,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def report(figures: dict[str, list[dict[str, float]]], flat: dict[str, Any]) -> str:
    """Return the table, medians with the range, and what memory does at a fifth of the rows."""
    rows = int(next(iter(figures.values()))[0]["rows"])
    lines = [
        "## Writing a dataset",
        "",
        f"`python -m benchmarks.throughput.export_speed`: {rows:,} dialogues of the scripted engine"
        " in the default formats (before: `openai` and `strings`; now: `openai` and `plain`, which"
        " has all columns), medians of"
        f" {len(next(iter(figures.values())))} with ranges, {os.cpu_count()} cores.",
        "",
        "| version | rows/s | rows/s of CPU time | peak MiB | largest process beside |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, runs in figures.items():
        wall = _spread([run["rows"] / run["wall"] for run in runs])
        cpu = _spread([run["rows"] / run["cpu"] for run in runs])
        peak = median(run["peak"] for run in runs)
        child = median(run["child"] for run in runs)
        lines.append(f"| {name} | {wall} | {cpu} | {peak:.0f} | {child:.0f} |")
    lines.append("")
    for name, run in flat.items():
        lines.append(f"{name}, {int(run['rows']):,} rows: {run['peak']:.0f} MiB at the peak.")
    return "\n".join(lines)


def _spread(values: list[float]) -> str:
    return f"{median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--old", type=Path, help="a checkout of the version to compare with")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
