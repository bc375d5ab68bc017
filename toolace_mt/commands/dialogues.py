"""The commands `show`, `compare` and `report`, which read dialogues."""

import argparse
from pathlib import Path

from toolace_mt.commands.base import Command, take_run_dir


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    take_run_dir(parser)
    parser.add_argument("id", nargs="?", metavar="ID", help="default: the first accepted dialogue")


def _show(options: argparse.Namespace) -> int:
    from rich.console import Console

    from toolace_mt.report.show import load_dialogue, not_accepted, show

    dialogue = load_dialogue(options.run_dir, options.id)
    Console().print(show(dialogue))
    if options.id is None and (note := not_accepted(dialogue)):
        Console(stderr=True).print(note, markup=False, soft_wrap=True)
    return 0


def _compare_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_a", type=Path, metavar="RUN_A")
    parser.add_argument("run_b", type=Path, metavar="RUN_B")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    parser.add_argument(
        "--nli", metavar="MODEL", help="an NLI model, by directory or Hub name, for coherence"
    )


def _compare(options: argparse.Namespace) -> int:
    from rich.console import Console

    from toolace_mt.report.coherence import load_nli
    from toolace_mt.report.compare import compare

    entails = load_nli(options.nli) if options.nli else None
    comparison = compare(options.run_a, options.run_b, entails)
    Console().print(comparison.table())
    for path, text in (
        (options.json, comparison.json()),
        (options.markdown, comparison.markdown()),
    ):
        if path is not None:
            path.write_text(text, "utf-8")
    return 0


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources", nargs="+", type=Path, metavar="RUN_DIR_OR_DATASET", help="several: side by side"
    )
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", default=Path("report.html"), help="[report.html]"
    )


def _report(options: argparse.Namespace) -> int:
    from toolace_mt.report.html.page import write_report

    dialogues = write_report(options.sources, options.out)
    print(f"{options.out}: {dialogues:,} dialogues; open it in a browser, it needs no network")
    return 0


COMMANDS: dict[str, Command] = {
    "show": Command(
        _show_arguments,
        _show,
        "print a dialogue with its edits, findings and origins of values",
    ),
    "compare": Command(
        _compare_arguments, _compare, "compare two runs per planned and accepted dialogue"
    ),
    "report": Command(
        _report_arguments,
        _report,
        "write an HTML page: figures, and a browser of the dialogues",
    ),
}
