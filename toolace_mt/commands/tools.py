"""The command `tools`; `toolace_mt.tools.commands` does the work."""

import argparse
import json

from toolace_mt.commands.base import EXITS, Command
from toolace_mt.tools.arguments import add_tools_arguments


def _tools_arguments(parser: argparse.ArgumentParser) -> None:
    add_tools_arguments(parser, EXITS)


def _tools(options: argparse.Namespace) -> int:
    if options.tools_command == "enrich":
        return _enrich(options)
    from toolace_mt.engine.vllm.preflight import grammar_problem, has_decoder
    from toolace_mt.tools.commands import run

    return run(options, grammar_problem if has_decoder() else None)


def _enrich(options: argparse.Namespace) -> int:
    from rich.console import Console

    from toolace_mt.config import load_config
    from toolace_mt.enrich.command import enrich

    engine = options.config or any(each.startswith("engine") for each in options.overrides)
    nobody = [] if engine else ["engine.kind=scripted"]  # a section is required; it is not started
    source = f"tools.source={json.dumps(options.source)}"
    config = load_config(options.config, ["run_dir=.", source, *nobody, *options.overrides])
    return enrich(
        options.source,
        options.output,
        config,
        Console(),
        model=bool(engine),
        read_only=options.read_only,
    )


COMMANDS: dict[str, Command] = {
    "tools": Command(
        _tools_arguments, _tools, "import, check and read the tools that dialogues are made with"
    ),
}
