"""The commands of `toolace-mt` by name, in the order in which its help lists them.

Each command is two functions, one that declares its arguments and one that runs it. Each module
lists its own in `COMMANDS`. Heavy packages are imported when a command runs.
"""

from toolace_mt.commands import datasets, dialogues, fit, models, runs, tools, verify
from toolace_mt.commands.base import Command

COMMANDS: dict[str, Command] = {
    **runs.COMMANDS,
    **dialogues.COMMANDS,
    **verify.COMMANDS,
    **datasets.COMMANDS,
    **fit.COMMANDS,
    **tools.COMMANDS,
    **models.COMMANDS,
}
