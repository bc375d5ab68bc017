"""The command `tools`; `toolace_mt.tools.commands` does the work."""

import argparse

from toolace_mt.commands.base import EXITS, Command
from toolace_mt.tools.arguments import add_tools_arguments


def _tools_arguments(parser: argparse.ArgumentParser) -> None:
    add_tools_arguments(parser, EXITS)


def _tools(options: argparse.Namespace) -> int:
    from toolace_mt.engine.vllm.preflight import grammar_problem, has_decoder
    from toolace_mt.tools.commands import run

    return run(options, grammar_problem if has_decoder() else None)


COMMANDS: dict[str, Command] = {
    "tools": Command(
        _tools_arguments, _tools, "import, check and read the tools that dialogues are made with"
    ),
}
