"""The command line. What is heavy is imported by the command that needs it, after parsing."""

import argparse
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from toolace_mt import __version__
from toolace_mt.exits import exit_status

_ABOUT = """\
Makes multi-turn tool-calling dialogues for training: writes each dialogue whole, refines it by
masking and refilling turns, verifies it with rules and model experts, and saves a dataset.

  toolace-mt prepare-model models/smollm2-135m-instruct   a small model for CPUs, once
  toolace-mt run configs/quickstart.yaml                  make dialogues, or continue a run
  toolace-mt show runs/quickstart                         read one
  toolace-mt verify FILE.jsonl                            check dialogues made by anyone
"""
_EXITS = """\
exit status: 0 done; 1 failed, or nothing was accepted (run), or something was rejected (verify);
2 bad usage or settings"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if arguments is None:  # the program, and nobody's function: SIGTERM is told as Ctrl-C is
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    command: Command = options.command
    return exit_status(partial(command.run, options), command.interrupted)


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-h", "--help", action=_HelpWithSettings, help="show all settings, too")
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a YAML file, see configs/")
    parser.add_argument(
        "overrides", nargs="*", default=[], metavar="key=value", help="such as dialogues=100"
    )


def _run(options: argparse.Namespace) -> int:
    from toolace_mt.config import load_config

    config = load_config(options.config, options.overrides)
    from toolace_mt.distributed.driver import run
    from toolace_mt.run.status_text import nothing_accepted, outcome_lines

    status = run(config)
    run_dir = Path(config.run_dir)
    print(*outcome_lines(status), sep="\n")
    print(f"dataset: {run_dir / 'dataset'}")
    print(f"read a dialogue: toolace-mt show {run_dir}")
    if status.outcomes["accepted"]:
        return 0
    sys.stdout.flush()
    print(f"toolace-mt: {nothing_accepted(status)}", file=sys.stderr)
    return 1


def _run_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR")


def _status(options: argparse.Namespace) -> int:
    from rich.console import Console

    from toolace_mt.run.directory import RunDir
    from toolace_mt.run.status import status_of
    from toolace_mt.run.status_text import driver_line, outcome_lines, stage_table

    status = status_of(RunDir(options.run_dir))
    Console().print(stage_table(status.stages, status.planned))
    print(*outcome_lines(status), driver_line(status), sep="\n")
    return 0


def _retry(options: argparse.Namespace) -> int:
    from toolace_mt.run.directory import RunDir
    from toolace_mt.run.retry import retry

    calls = retry(RunDir(options.run_dir.absolute()))
    again = "; the command that made the run asks again" if calls else ""
    print(f"{calls} calls taken back{again}")
    return 0


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    _run_dir(parser)
    parser.add_argument("id", nargs="?", metavar="ID", help="default: the first accepted dialogue")


def _show(options: argparse.Namespace) -> int:
    from rich.console import Console

    from toolace_mt.report.show import load_dialogue, not_accepted, show

    dialogue = load_dialogue(options.run_dir, options.id)
    Console().print(show(dialogue))
    if options.id is None and (note := not_accepted(dialogue)):
        Console(stderr=True).print(note, markup=False, soft_wrap=True)
    return 0


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="FILE_OR_DATASET")
    parser.add_argument("--findings", type=Path, metavar="FILE", help="write all findings as JSONL")
    parser.add_argument(
        "--experts",
        type=Path,
        metavar="CONFIG",
        help="ask experts too: `engine` and `verification` of a run's configuration",
    )
    parser.add_argument(
        "--off", action="append", default=[], metavar="RULE", help="leave out a rule"
    )


def _verify(options: argparse.Namespace) -> int:
    from rich.console import Console

    from toolace_mt.config import VerificationConfig
    from toolace_mt.reading.verify import report, verify_file

    if options.experts:
        from toolace_mt.config import load_config
        from toolace_mt.reading.verify import verify_with_experts

        off = [f"verification.off=[{','.join(options.off)}]"] if options.off else []
        settings = load_config(options.experts, off)
        summary = verify_with_experts(options.path, options.findings, settings)
    else:
        config = VerificationConfig(off=tuple(options.off))
        summary = verify_file(options.path, options.findings, config)
    Console().print(report(summary))
    return 1 if summary.rejected else 0


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


def _prepare_model_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directory", nargs="?", type=Path, default=Path("models/smollm2-135m-instruct")
    )


def _prepare_model(options: argparse.Namespace) -> int:
    from toolace_mt.engine.embedded import prepare_embedded_model

    print(f"model: {prepare_embedded_model(options.directory)}")
    return 0


class _HelpWithSettings(argparse.Action):
    """Print the help of a command with all settings of a run below it."""

    def __init__(self, option_strings: list[str], dest: str, help: str) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and end the program."""
        from toolace_mt.config.help import settings_help

        continues = "the same command continues: what is on disk is never made again"
        parser.epilog = f"{continues}\n\n{_EXITS}\n\nsettings:\n{settings_help()}"
        parser.print_help()
        parser.exit()


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it takes, what it does (it returns the exit status), and one line on it."""

    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    about: str
    interrupted: str = "interrupted"


COMMANDS = {
    "run": Command(
        _run_arguments,
        _run,
        "make the dialogues of a configuration, or continue a run that was cut off",
        interrupted="interrupted; what was finished is kept: run the same command to continue",
    ),
    "status": Command(_run_dir, _status, "say how far a run is, while it runs and afterwards"),
    "retry": Command(_run_dir, _retry, "take back calls given up, such as when engines died"),
    "show": Command(
        _show_arguments,
        _show,
        "print a dialogue with its edits, findings and origins of values",
    ),
    "verify": Command(
        _verify_arguments,
        _verify,
        "apply the rules to any OpenAI-style dialogues with tools: JSONL, JSON, Parquet, a dataset",
    ),
    "compare": Command(
        _compare_arguments, _compare, "compare two runs per planned and accepted dialogue"
    ),
    "report": Command(
        _report_arguments,
        _report,
        "write an HTML page: figures, and a browser of the dialogues",
    ),
    "prepare-model": Command(
        _prepare_model_arguments,
        _prepare_model,
        "fetch and convert the embedded model, once",
    ),
}


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "toolace-mt", description=_ABOUT, epilog=_EXITS, formatter_class=raw
    )
    parser.add_argument("--version", action="version", version=f"toolace-mt {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        own = commands.add_parser(
            name,
            help=command.about,
            description=command.about,
            epilog=_EXITS,
            formatter_class=raw,
            conflict_handler="resolve",
        )
        command.arguments(own)
        own.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
