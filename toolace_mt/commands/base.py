"""What a command of the command line is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

EXITS = """\
exit status: 0 done; 1 failed, or nothing was accepted (run), or something was rejected (verify);
2 bad usage or settings"""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it takes, what it does (it returns the exit status), and one line on it."""

    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    about: str
    interrupted: str = "interrupted"


class HelpWithMore(argparse.Action):
    """Print the help of a command with a text below it that `more` makes when it is asked for."""

    def __init__(
        self, option_strings: list[str], dest: str, help: str, more: Callable[[], str]
    ) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)
        self._more = more

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and end the program."""
        parser.epilog = self._more()
        parser.print_help()
        parser.exit()


def take_run_dir(parser: argparse.ArgumentParser) -> None:
    """Have a command take the directory of a run."""
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR")
