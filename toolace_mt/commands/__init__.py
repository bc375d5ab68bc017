"""The commands of `toolace-mt` by name, in the order in which its help lists them.

A command is two small functions, one for its arguments and one that runs it, and an entry in the
`COMMANDS` of its module.
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
