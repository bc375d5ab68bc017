"""Every exception of the package, in one tree.

ToolaceError
├── DialogueError         one dialogue cannot go on: its outcome, not the run's
├── UsageError            the user can correct it: exit code 2
│   ├── ConfigError       a setting is unknown, of the wrong type, or impossible beside another
│   └── InputError        a file the user named is missing, unreadable or not what it should be
└── RunError              the run cannot go on: exit code 1
    ├── EmptyPoolError    no tool is left to make dialogues from
    ├── RunDirError       the run directory belongs to another run, another driver or a full disk
    └── EngineError       the model engine cannot be started, or is gone for good

- A message is one line: what is wrong, where (file, line, key), what was expected, what to do.
- Bad model text is never an exception (see `calls.ask`).
- Third-party exceptions are translated at the boundary with `raise ... from`.
- Every exception takes exactly one argument, the message, so that Ray can pickle it.
"""


def one_line(error: object, most: int = 300) -> str:
    """Return an error's text on one line, cut to `most` characters; its type if it has no text."""
    return (" ".join(str(error).split()) or type(error).__name__)[:most]


class ToolaceError(Exception):
    """Root of the tree; `exit_code` is what the command line returns for it."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DialogueError(ToolaceError):
    """One dialogue cannot go on and fails with this cause. Other dialogues are not affected."""


class UsageError(ToolaceError):
    """The user can correct what is wrong: a setting, an argument or a file."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is unknown, of the wrong type, or impossible beside another; names the setting."""


class InputError(UsageError):
    """A file the user named is missing, unreadable or not what it should be."""


class RunError(ToolaceError):
    """The run cannot go on. What is on disk stays valid."""


class EmptyPoolError(RunError):
    """No usable tool is left in the pool."""


class RunDirError(RunError):
    """The run directory cannot be used: another run, another driver, or storage that fails."""


class EngineError(RunError):
    """The engine cannot be started or is gone for good."""
