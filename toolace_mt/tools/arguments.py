"""The command line of `toolace-mt tools`, parsed without loading anything heavy."""

import argparse
import re
from pathlib import Path
from typing import Any

SOURCES = """\
a SOURCE is one of
  starter                  the pool that ships with the package
  mcp-pool:NAME            tools of a well-known MCP server, written by hand: fetch, filesystem,
                           git, github, memory, slack, sqlite, time; or all
  FILE                     JSONL or JSON of definitions: OpenAI, Anthropic, MCP, Gemini; OpenAPI
  openapi:FILE             an OpenAPI 3.0 or 3.1 or Swagger 2 document, JSON or YAML
  mcp:COMMAND ARGS         an MCP server, which is started: mcp:"uvx mcp-server-git"
  mcp:FILE.json            an `mcpServers` file as other clients have it
  mcp:URL                  an MCP server over streamable HTTP
  python:MODULE:NAME       functions, or the methods of a class, of a module (which is run)
  dataset:NAME#COLUMN      a column of a file, a directory or a dataset of the Hub (default: tools)
"""


_SETTING = re.compile(r"[a-z_]+(?:\.[a-z_]+)*=.*", re.DOTALL)


class _Parser(argparse.ArgumentParser):
    """A parser that can collect `key=value` arguments, wherever they stand, in `overrides`."""

    takes_settings = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the other arguments as usual."""
        if not self.takes_settings:
            return super().parse_known_args(args, namespace)
        given = list(args)
        parsed, extras = super().parse_known_args(
            [each for each in given if not _SETTING.fullmatch(each)], namespace
        )
        parsed.overrides = [each for each in given if _SETTING.fullmatch(each)]
        return parsed, extras


def add_tools_arguments(tools: argparse.ArgumentParser, exits: str) -> None:
    """Add the sub-commands of `tools`; `options.tools_command` names the one given."""
    raw = argparse.RawDescriptionHelpFormatter
    tools.epilog = f"{SOURCES}\n{exits}"
    inner = tools.add_subparsers(
        metavar="COMMAND", required=True, dest="tools_command", parser_class=_Parser
    )

    def add(name: str, about: str, sources: str = "+") -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = inner.add_parser(
            name, help=about, description=about, epilog=f"{SOURCES}\n{exits}", formatter_class=raw
        )
        added.add_argument("sources", nargs=sources, metavar="SOURCE", default=["starter"])
        return added

    imported = add("import", "write the usable tools of sources to one file, which can be edited")
    imported.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.jsonl")
    imported.add_argument("--held-out", **_HELD_OUT)
    _add_enrich(inner, exits)
    check = add("check", "say which definitions cannot be used, why, and what the others lack")
    check.add_argument("--against", **_HELD_OUT)
    check.add_argument("-v", "--verbose", action="store_true", help="name every tool that lacks it")
    add("list", "print a line for each tool", "*")
    sample = add("sample", "print a tool with arguments and an output drawn for it", "*")
    sample.add_argument(
        "--seed", type=int, default=0, help="another seed, another tool (default 0)"
    )


_ENRICH = """\
Examples that descriptions tell ("e.g.") are taken as they are. With `tools.live={}`, tools that say
of themselves that they only read are called to see what they return. What is then missing is asked
of the engine, if one is named:

  toolace-mt tools enrich pool.jsonl -o new.jsonl engine=endpoint engine.url=URL engine.model=NAME
  toolace-mt tools enrich pool.jsonl -o new.jsonl --config configs/quickstart.yaml

The same command continues what was cut off. What is in the output already is kept, edited or not.
"""


def _add_enrich(inner: Any, exits: str) -> None:
    enrich: _Parser = inner.add_parser(
        "enrich",
        help="write what tools lack: outputs, examples of values, usage exchanges",
        description="Write a pool with what its tools lack: outputs, examples, usage exchanges.",
        usage="%(prog)s POOL -o FILE.jsonl [--config CONFIG] [--read-only TOOL] [key=value ...]",
        epilog=f"{_ENRICH}\n{SOURCES}\n{exits}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    enrich.takes_settings = True
    enrich.add_argument("source", metavar="POOL", help="a SOURCE, usually a file")
    enrich.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.jsonl")
    enrich.add_argument(
        "--config", type=Path, metavar="CONFIG", help="a run's settings, for its engine"
    )
    enrich.add_argument(
        "--read-only",
        action="append",
        default=[],
        metavar="TOOL",
        help="a tool that may be called because it changes nothing (may be repeated)",
    )


_HELD_OUT: dict[str, Any] = {
    "action": "append",
    "default": [],
    "metavar": "SOURCE",
    "help": "tools that models are evaluated with (may be repeated): what matches is kept out",
}
