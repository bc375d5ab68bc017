"""The command that tries a dataset in models' chat templates. Heavy imports come when called."""

import argparse
from pathlib import Path

from toolace_mt.commands.base import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="FILE_OR_DATASET")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--model", metavar="NAME", help="a family, such as qwen3")
    which.add_argument("--template", type=Path, metavar="FILE", help="a Jinja chat template")
    which.add_argument("--all", action="store_true", help="every family")
    parser.add_argument("--parser", metavar="NAME", help="with --template: vLLM's tool parser")
    parser.add_argument("--max-length", type=int, metavar="N", help="tokens; needs --tokenizer")
    parser.add_argument("--tokenizer", metavar="MODEL", help="a directory or a name of the Hub")
    parser.add_argument(
        "--show-mask",
        type=int,
        metavar="ROW",
        help="print that row (from 1) as TRL trains it, with what the loss covers in brackets",
    )
    parser.add_argument("--write", type=Path, metavar="DIR", help="write rows adapted to a family")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")


def _fit(options: argparse.Namespace) -> int:
    from toolace_mt.fit.command import fit

    return fit(options)


COMMANDS: dict[str, Command] = {
    "fit": Command(
        _arguments,
        _fit,
        "say which calls and texts of a dataset survive a model's chat template and parser",
    ),
}
