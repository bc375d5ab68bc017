"""How a command ends: its exit status, and one line on stderr in place of a traceback."""

import os
import sys
from collections.abc import Callable

from toolace_mt.errors import ToolaceError


def exit_status(command: Callable[[], int], interrupted: str) -> int:
    """Run a command and return its exit status, with one line on stderr for an expected error.

    `interrupted` is that line when Ctrl-C ends the command. A reader that closes the output early,
    such as `head`, is no failure.
    """
    try:
        status = command()
        sys.stdout.flush()
        return status
    except ToolaceError as error:
        _say(error.message)
        return error.exit_code
    except KeyboardInterrupt:
        _say(interrupted)
        return 1
    except (BrokenPipeError, SystemExit):  # Rich exits when stdout is closed
        _drop_output()
        return 0
    except OSError as error:
        if error.filename:  # a file, not the output
            raise
        _drop_output()
        _say(f"the output cannot be written: {error.strerror}")
        return 1


def _say(line: str) -> None:
    print(f"toolace-mt: {line}", file=sys.stderr)


def _drop_output() -> None:
    """Let Python end without writing what it still has for stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
