"""The command line. What is heavy is imported by the command that needs it, after parsing."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from toolace_mt import __version__
from toolace_mt.errors import InputError, ToolaceError

if TYPE_CHECKING:
    from pydantic import BaseModel

_ABOUT = """\
Makes multi-turn tool-calling dialogues for training: writes each dialogue whole, refines it by
masking and refilling turns, verifies it with rules and model experts, and saves a dataset.

  toolace-mt prepare-model models/smollm2-135m-instruct   a small model for CPUs, once
  toolace-mt run configs/quickstart.yaml                  make dialogues, or continue a run
  toolace-mt show runs/quickstart                         read one
  toolace-mt verify FILE.jsonl                            check dialogues made by anyone
"""
_EXITS = "exit status: 0 done, 1 failed or something was rejected, 2 bad usage or settings"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if arguments is None:  # the program, and nobody's function: SIGTERM is told as Ctrl-C is
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    try:
        status: int = options.command(options)
        sys.stdout.flush()
        return status
    except ToolaceError as error:
        print(f"toolace-mt: {error.message}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"toolace-mt: {_interrupted(options.command)}", file=sys.stderr)
        return 1
    except (BrokenPipeError, SystemExit):  # the reader, such as `head`, has seen enough; Rich exits
        _drop_output()
        return 0
    except OSError as error:
        if error.filename:  # not about the output
            raise
        _drop_output()
        print(f"toolace-mt: the output cannot be written: {error.strerror}", file=sys.stderr)
        return 1


def _drop_output() -> None:
    """Let Python end without writing what it still has for stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupted(command: Any) -> str:
    if command is not _run:
        return "interrupted"
    return "interrupted; what was finished is kept: run the same command to continue"


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "toolace-mt", description=_ABOUT, epilog=_EXITS, formatter_class=raw
    )
    parser.add_argument("--version", action="version", version=f"toolace-mt {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, function: Any, text: str, epilog: str = "") -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=text, description=text, epilog=epilog or _EXITS, formatter_class=raw
        )
        added.set_defaults(command=function)
        return added

    run = command(
        "run",
        _run,
        "make the dialogues of a configuration, or continue a run that was cut off",
        "the same command continues: what is on disk is never made again\n\nsettings:\n"
        + "\n".join(_settings())
        if sys.argv[1:2] == ["run"]
        else "",
    )
    run.add_argument("config", type=Path, metavar="CONFIG", help="a YAML file, see configs/")
    run.add_argument(
        "overrides", nargs="*", default=[], metavar="key=value", help="such as dialogues=100"
    )
    status = command("status", _status, "say how far a run is, while it runs and afterwards")
    status.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    retry = command("retry", _retry, "take back calls given up, such as when engines died")
    retry.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    show = command("show", _show, "print a dialogue with its edits, findings and origins of values")
    show.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    show.add_argument("id", nargs="?", metavar="ID", help="default: the first accepted dialogue")
    check = command(
        "verify",
        _verify,
        "apply the rules to anybody's dialogues with tools: JSONL, JSON, Parquet, folders, runs, -"
        " for stdin, datasets of the Hub (docs/reading.md)",
    )
    check.add_argument("path", type=Path, metavar="FILE_OR_DATASET")
    check.add_argument("--findings", type=Path, metavar="FILE", help="write all findings as JSONL")
    check.add_argument(
        "--keep", type=Path, metavar="FILE", help="write the accepted rows, unchanged, as JSONL"
    )
    check.add_argument("--reject", type=Path, metavar="FILE", help="write all other rows")
    check.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that check (default: 1)"
    )
    check.add_argument(
        "--experts",
        type=Path,
        metavar="CONFIG",
        help="ask experts too: `engine` and `verification` of a run's configuration",
    )
    check.add_argument(
        "--off", action="append", default=[], metavar="RULE", help="leave out a rule"
    )
    compare = command("compare", _compare, "compare two runs per planned and accepted dialogue")
    compare.add_argument("run_a", type=Path, metavar="RUN_A")
    compare.add_argument("run_b", type=Path, metavar="RUN_B")
    compare.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    compare.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    compare.add_argument(
        "--nli", metavar="MODEL", help="an NLI model, by directory or Hub name, for coherence"
    )
    page = command("report", _report, "write an HTML page: figures, and a browser of the dialogues")
    page.add_argument(
        "sources", nargs="+", type=Path, metavar="RUN_DIR_OR_DATASET", help="several: side by side"
    )
    page.add_argument(
        "-o", "--out", type=Path, metavar="FILE", default=Path("report.html"), help="[report.html]"
    )
    model = command("prepare-model", _prepare_model, "fetch and convert the embedded model, once")
    model.add_argument(
        "directory", nargs="?", type=Path, default=Path("models/smollm2-135m-instruct")
    )
    fit = command("fit", _fit, "say what of a dataset's rows survives a family's chat template")
    fit.add_argument("path", type=Path, metavar="FILE_OR_DATASET")
    which = fit.add_mutually_exclusive_group(required=True)
    which.add_argument("--model", metavar="NAME", help="a family, such as qwen3")
    which.add_argument("--template", type=Path, metavar="FILE", help="a Jinja chat template")
    which.add_argument("--all", action="store_true", help="every family")
    fit.add_argument("--parser", metavar="NAME", help="with --template: vLLM's tool parser for it")
    fit.add_argument("--max-length", type=int, metavar="N", help="tokens; needs --tokenizer")
    fit.add_argument("--tokenizer", metavar="MODEL", help="a directory or a name of the Hub")
    fit.add_argument("--write", type=Path, metavar="DIR", help="write rows adapted to each family")
    fit.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    return parser


def _run(options: argparse.Namespace) -> int:
    from toolace_mt.config import load_config

    config = load_config(options.config, options.overrides)
    from toolace_mt.distributed.driver import run

    run(config)
    run_dir = Path(config.run_dir)
    _print_outcomes(run_dir, config.dialogues)
    print(f"dataset: {run_dir / 'dataset'}")
    print(f"read a dialogue: toolace-mt show {run_dir}")
    return 0


def _status(options: argparse.Namespace) -> int:
    from rich.console import Console

    from toolace_mt.methods import METHODS
    from toolace_mt.run.directory import RunDir
    from toolace_mt.run.plan import read_plan
    from toolace_mt.run.status import account_table, status_line, take_account

    run = RunDir(options.run_dir)
    plan = read_plan(run)
    if plan is None:
        raise InputError(f"{options.run_dir}: no run is here (manifest.json is missing)")
    account = take_account(run, plan, METHODS[plan.settings["method"]])
    Console().print(account_table(account, plan.dialogues))
    _print_outcomes(options.run_dir, plan.dialogues)
    print(status_line(run))
    return 0


def _print_outcomes(run_dir: Path, planned: int) -> None:
    from toolace_mt.run.status import OUTCOMES, read_funnel

    funnel = read_funnel(run_dir, planned)
    counts = ", ".join(f"{funnel.outcomes[name]:,} {name}" for name in OUTCOMES)
    rate = "" if funnel.pass_rate is None else f" (pass rate {funnel.pass_rate:.1%})"
    print(f"{funnel.verified:,} of {planned:,} dialogues verified: {counts}{rate}")
    for kind, tally in (("error", funnel.findings), ("failure", funnel.failures)):
        for name, count in tally.most_common(5):
            print(f"  {kind}: {name} in {count:,}")


def _retry(options: argparse.Namespace) -> int:
    from toolace_mt.run.directory import RunDir
    from toolace_mt.run.retry import retry

    calls = retry(RunDir(options.run_dir.absolute()))
    again = "; the command that made the run asks again" if calls else ""
    print(f"{calls} calls taken back{again}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from rich.console import Console

    from toolace_mt.report.show import load_dialogue, not_accepted, show

    dialogue = load_dialogue(options.run_dir, options.id)
    Console().print(show(dialogue))
    if options.id is None and (note := not_accepted(dialogue)):
        Console(stderr=True).print(note, markup=False, soft_wrap=True)
    return 0


def _verify(options: argparse.Namespace) -> int:
    from toolace_mt.reading.command import verify

    return verify(options)


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


def _report(options: argparse.Namespace) -> int:
    from toolace_mt.report.html.page import write_report

    dialogues = write_report(options.sources, options.out)
    print(f"{options.out}: {dialogues:,} dialogues; open it in a browser, it needs no network")
    return 0


def _prepare_model(options: argparse.Namespace) -> int:
    from toolace_mt.engine.embedded import prepare_embedded_model

    print(f"model: {prepare_embedded_model(options.directory)}")
    return 0


def _fit(options: argparse.Namespace) -> int:
    from toolace_mt.fit.command import fit

    return fit(options)


def _settings() -> Iterator[str]:
    """Yield a line for every setting, from the descriptions where they are defined."""
    from toolace_mt.config import RunConfig

    yield from _settings_of(RunConfig, "")


def _settings_of(section: "type[BaseModel]", prefix: str) -> Iterator[str]:
    from pydantic import BaseModel

    for name, field in section.model_fields.items():
        sections = [part for part in _parts(field.annotation) if _is_section(part, BaseModel)]
        if sections:
            for inner in sections:
                yield f"\n  {prefix}{name}: {(inner.__doc__ or '').splitlines()[0]}"
                yield from _settings_of(inner, f"{prefix}{name}.")
            continue
        default = (
            "required"
            if field.is_required()
            else repr(field.get_default(call_default_factory=True))
        )
        yield f"  {prefix}{name} [{default}] {field.description or ''}".rstrip()


def _parts(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, UnionType):
        return get_args(annotation)
    return (annotation,)


def _is_section(part: Any, base: type) -> bool:
    return isinstance(part, type) and issubclass(part, base)


if __name__ == "__main__":
    sys.exit(main())
