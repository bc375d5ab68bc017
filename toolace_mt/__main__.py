"""The command line: `toolace-mt COMMAND ...`; the commands are in `toolace_mt.commands`."""

import argparse
import signal
import sys
from functools import partial

from toolace_mt import __version__
from toolace_mt.commands import COMMANDS
from toolace_mt.commands.base import EXITS, Command
from toolace_mt.exits import exit_status

_ABOUT = """\
Makes multi-turn tool-calling dialogues for training: writes each dialogue whole, refines it by
masking and refilling turns, verifies it with rules and model experts, and saves a dataset.

  toolace-mt prepare-model models/smollm2-135m-instruct   a small model for CPUs, once
  toolace-mt run configs/quickstart.yaml                  make dialogues, or continue a run
  toolace-mt show runs/quickstart                         read one
  toolace-mt verify FILE.jsonl                            check dialogues made by anyone
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status.

    `arguments` are those after the program's name; None takes them from the command line.
    """
    if arguments is None:  # run as a program: SIGTERM ends it as Ctrl-C does
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    command: Command = options.command
    return exit_status(partial(command.run, options), command.interrupted)


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "toolace-mt", description=_ABOUT, epilog=EXITS, formatter_class=raw
    )
    parser.add_argument("--version", action="version", version=f"toolace-mt {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        own = commands.add_parser(
            name,
            help=command.about,
            description=command.about,
            epilog=EXITS,
            formatter_class=raw,
            conflict_handler="resolve",
        )
        command.arguments(own)
        own.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
