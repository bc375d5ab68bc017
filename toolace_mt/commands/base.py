"""The record of a command, and what several commands share."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

EXITS = """\
exit status: 0 done; 1 failed, or nothing was accepted (run), or something was rejected (verify);
2 bad usage or settings"""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the command line.

    `arguments` adds its arguments to a parser. `run` does the work and returns the exit status.
    `about` describes it in one line. `interrupted` is printed if Ctrl-C ends it.
    """

    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    about: str
    interrupted: str = "interrupted"


class HelpWithMore(argparse.Action):
    """An option that prints the command's help with the text that `more` returns below it."""

    def __init__(
        self, option_strings: list[str], dest: str, help: str, more: Callable[[], str]
    ) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)
        self._more = more

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the help and end the program."""
        parser.epilog = self._more()
        parser.print_help()
        parser.exit()


def take_run_dir(parser: argparse.ArgumentParser) -> None:
    """Add the argument RUN_DIR to a command."""
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR")
