"""The command line of `toolace-mt tools`, parsed without loading anything heavy."""

import argparse
from pathlib import Path
from typing import Any

SOURCES = """\
a SOURCE is one of
  starter                  the pool that ships with the package
  FILE                     JSONL or JSON of definitions: OpenAI, Anthropic, MCP, Gemini; OpenAPI
  openapi:FILE             an OpenAPI 3.0 or 3.1 or Swagger 2 document, JSON or YAML
  mcp:COMMAND ARGS         an MCP server, which is started: mcp:"uvx mcp-server-git"
  mcp:FILE.json            an `mcpServers` file as other clients have it
  mcp:URL                  an MCP server over streamable HTTP
  python:MODULE:NAME       functions, or the methods of a class, of a module (which is run)
  dataset:NAME#COLUMN      a column of a file, a directory or a dataset of the Hub (default: tools)
"""


def add_tools_arguments(tools: argparse.ArgumentParser, exits: str) -> None:
    """Add the sub-commands of `tools`; `options.tools_command` names the one given."""
    raw = argparse.RawDescriptionHelpFormatter
    tools.epilog = f"{SOURCES}\n{exits}"
    inner = tools.add_subparsers(metavar="COMMAND", required=True, dest="tools_command")

    def add(name: str, about: str, sources: str = "+") -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = inner.add_parser(
            name, help=about, description=about, epilog=f"{SOURCES}\n{exits}", formatter_class=raw
        )
        added.add_argument("sources", nargs=sources, metavar="SOURCE", default=["starter"])
        return added

    imported = add("import", "write the usable tools of sources to one file, which can be edited")
    imported.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.jsonl")
    imported.add_argument("--held-out", **_HELD_OUT)
    check = add("check", "say which definitions cannot be used, why, and what the others lack")
    check.add_argument("--against", **_HELD_OUT)
    check.add_argument("-v", "--verbose", action="store_true", help="name every tool that lacks it")
    add("list", "print a line for each tool", "*")
    sample = add("sample", "print a tool with arguments and an output drawn for it", "*")
    sample.add_argument(
        "--seed", type=int, default=0, help="another seed, another tool (default 0)"
    )


_HELD_OUT: dict[str, Any] = {
    "action": "append",
    "default": [],
    "metavar": "SOURCE",
    "help": "tools that models are evaluated with (may be repeated): what matches is kept out",
}
