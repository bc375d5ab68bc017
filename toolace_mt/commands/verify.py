"""The command `verify`, which checks dialogues from any source."""

import argparse
from pathlib import Path

from toolace_mt.commands.base import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="FILE_OR_DATASET")
    parser.add_argument("--findings", type=Path, metavar="FILE", help="write all findings as JSONL")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="write the accepted rows, unchanged, as JSONL"
    )
    parser.add_argument("--reject", type=Path, metavar="FILE", help="write all other rows")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that check (default: 1)"
    )
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

    from toolace_mt.config import VerificationConfig, load_config
    from toolace_mt.errors import ConfigError
    from toolace_mt.reading.checking.verify import report, verify_file, verify_with_experts
    from toolace_mt.reading.checking.written import Targets
    from toolace_mt.verification import check_off

    check_off(options.off)
    if options.workers < 1:
        raise ConfigError(f"--workers: expected 1 or more, got {options.workers}")
    targets = Targets(options.findings, options.keep, options.reject)
    if options.experts:
        if options.workers > 1:
            raise ConfigError("--workers: experts are asked by one process; leave --workers out")
        off = [f"verification.off=[{','.join(options.off)}]"] if options.off else []
        summary = verify_with_experts(options.path, targets, load_config(options.experts, off))
    else:
        config = VerificationConfig(off=tuple(options.off))
        summary = verify_file(options.path, None, config, targets=targets, workers=options.workers)
    Console().print(report(summary))
    return 1 if summary.rejected else 0


COMMANDS: dict[str, Command] = {
    "verify": Command(
        _arguments,
        _verify,
        "apply the rules to anybody's dialogues with tools: JSONL, JSON, Parquet, folders, runs, -"
        " for stdin, datasets of the Hub (docs/reading.md)",
    ),
}
