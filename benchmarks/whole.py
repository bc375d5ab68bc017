"""Measures our method as a whole, and writes what the README says of its speed.

    python -m benchmarks.whole [--measure CASE[=MODEL_DIR] ...] [--log FILE.jsonl]

- `--measure` runs cases of `benchmarks.methods.compare_methods` anew: `clock` and `idle` on the
  H100 clock (full, and one dialogue at a time), `small` and `larger` with vLLM on this machine's
  CPU and the model in a directory. Each writes its section of benchmarks/RESULTS.md, and its
  figures into benchmarks/whole.json.
- Then the tables in README.md and docs/presets.md are written from that file, with every case that
  it has. Without `--measure` nothing else happens.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from benchmarks.methods.compare_methods import measured, read_options, report
from benchmarks.methods.tables import Row, by_name, ratio, row, table
from benchmarks.results import replace_section

ROOT = Path(__file__).resolve().parents[1]
RECORDED = Path(__file__).with_name("whole.json")
PAGES = (ROOT / "README.md", ROOT / "docs" / "presets.md")
MARK = "speed"
"""The name of the section in each page, see `replace_section`."""

_FAST, _WRITING, _STRONGEST = "fast", "baseline, guided", "baseline, guided, drawn values"
_ROWS = ("--only", _FAST, _WRITING, _STRONGEST)
_ON_CPU = ("--engine", "cpu", "--dialogues", "24", "--seeds", "1", "2", *_ROWS)


@dataclass(frozen=True, slots=True)
class Case:
    """Something to measure: its section of RESULTS.md, and the arguments of `compare_methods`.

    `engine` names the engine in tables; {model} stands for the name of the model's directory.
    """

    section: str
    engine: str
    arguments: tuple[str, ...]


class Recorded(TypedDict):
    """What was measured of a case: its engine, and the figures of every method."""

    engine: str
    rows: dict[str, Row]


CASES = {
    "clock": Case(
        "Methods on the H100 clock",
        "clock of an H100, full (1,000 dialogues each)",
        ("--dialogues", "1000", *_ROWS),
    ),
    "idle": Case(
        "Methods on the H100 clock, one dialogue at a time",
        "clock of an H100, one dialogue at a time (40 each)",
        ("--dialogues", "40", "--open", "1", *_ROWS),
    ),
    "small": Case(
        "Methods on the CPU engine", "vLLM on CPU, {model} (48 each, 24 open at once)", _ON_CPU
    ),
    "larger": Case(
        "Methods on the CPU engine, larger model",
        "vLLM on CPU, {model} (48 each, 24 open at once)",
        _ON_CPU,
    ),
}
COLUMNS = {
    "accepted per engine-hour": (_STRONGEST, "accepted / engine-hour"),
    "critical path": (_STRONGEST, "critical path (s)"),
    "calls per accepted": (_STRONGEST, "calls per accepted"),
    "pass rate": (_STRONGEST, "pass rate"),
    "uncached prompt tokens": (_STRONGEST, "uncached prompt tokens"),
    "engine-seconds (values by the model)": (_WRITING, "engine-seconds"),
}
"""The columns of the table: `fast` relative to which baseline, in which figure."""
_SHOWN = ("pass rate", "uncached prompt tokens")
"""Figures that stand as they are, of `fast` and of the baseline."""


def main() -> None:
    options = _options()
    for wanted in options.measure:
        name, _, model = wanted.partition("=")
        _measure(name, model, options.log)
    text = speed(read_recorded())
    print(text)
    for page in PAGES:
        replace_section(MARK, text, page)


def _measure(name: str, model: str, log: Path) -> None:
    case = CASES[name]
    given = ["--model", model] if model else []
    options = read_options([*case.arguments, "--log", str(log), *given])
    text = report(options)
    replace_section(case.section, f"## {case.section}\n\n{text}")
    rows = {each: row(played) for each, played in by_name(measured(options)).items()}
    found = Recorded(engine=case.engine.format(model=options.model.name), rows=rows)
    recorded = {**read_recorded(), name: found}
    kept = {each: recorded[each] for each in CASES if each in recorded}
    RECORDED.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_recorded() -> dict[str, Recorded]:
    """Return what was last measured, by case."""
    recorded: dict[str, Recorded] = json.loads(RECORDED.read_text("utf-8"))
    return recorded


def speed(recorded: dict[str, Recorded]) -> str:
    """Return the table of the README: `fast` relative to the baselines, a line for each engine."""
    rows = {
        case["engine"]: {column: _cell(case["rows"], column) for column in COLUMNS}
        for case in recorded.values()
    }
    return "\n".join(table("`fast`, relative to the baseline", rows, list(COLUMNS)))


def _cell(rows: dict[str, Row], column: str) -> str:
    baseline, figure = COLUMNS[column]
    if figure in _SHOWN:
        return f"{rows[_FAST][figure]} to {rows[baseline][figure]}"
    return ratio(rows[_FAST], rows[baseline], figure)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--measure", nargs="+", default=[], metavar="CASE[=MODEL_DIR]")
    parser.add_argument("--log", type=Path, default=Path("runs/compare_methods.jsonl"))
    options = parser.parse_args()
    unknown = {each.partition("=")[0] for each in options.measure} - set(CASES)
    if unknown:
        parser.error(f"--measure: no case {', '.join(sorted(unknown))}; known: {', '.join(CASES)}")
    return options


if __name__ == "__main__":
    main()
