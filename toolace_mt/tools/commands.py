"""The commands of `toolace-mt tools`: import, check, list and sample."""

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.table import Table

from toolace_mt.errors import EmptyPoolError, InputError
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.narrow import decodable
from toolace_mt.tools.dialects import KEYWORDS, slips
from toolace_mt.tools.gather import Gathered, Problem, gather
from toolace_mt.tools.held_out import HeldOut
from toolace_mt.tools.missing import PARTS, advice
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import JsonObject, Tool

GrammarProblem = Callable[[JsonObject], str | None]
"""Returns why a constrained decoder does not take a schema, None if it does."""

_SHOWN = 20


def import_tools(options: argparse.Namespace, console: Console) -> int:
    """Write the usable tools of the sources as JSONL, and report what was left out."""
    pool = load_pool(options.sources, options.held_out)
    text = "".join(f"{json.dumps(as_definition(t), ensure_ascii=False)}\n" for t in pool.tools)
    try:
        options.output.write_text(text, "utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{options.output}: cannot be written: {reason}") from error
    _say(console, pool.problems, "left out")
    _say(console, pool.notes, "to be looked at")
    console.print(f"{len(pool.tools):,} tools written to {options.output}", highlight=False)
    return 0


def as_definition(tool: Tool) -> JsonObject:
    """Return a tool as one line of a pool file, under the keys that the parser reads.

    It has the original name, from which reading the file makes the same usable name again.
    """
    usage = [{"user": each.user, "reply": each.reply} for each in tool.usage]
    held: JsonObject = {
        "name": tool.name,
        "original": tool.original,
        "description": tool.description,
        "domain": tool.domain,
        "server": tool.server,
        "source": tool.source,
        "license": tool.license,
        "parameters": tool.parameters,
        "returns": tool.returns,
        "usage": usage,
    }
    return {key: value for key, value in held.items() if value or key == "parameters"}


def check_tools(
    options: argparse.Namespace, console: Console, grammar_problem: GrammarProblem | None
) -> int:
    """Report unusable definitions and missing parts; returns 1 if a definition is unusable."""
    found = gather(options.sources)
    problems = found.problems
    if grammar_problem is not None:
        problems = [*problems, *_undecodable(found.tools, grammar_problem)]
    held = _compared(found.tools, options.against, console) if options.against else 0
    _say(console, problems, "cannot be used", options.verbose)
    notes = [*found.notes, *_slips(found.tools)]
    _say(console, notes, "to be looked at", options.verbose)
    _say_missing(found.tools, console, options.verbose)
    _say_counts(found, console)
    if grammar_problem is None:
        console.print(
            "not tried: the decoder's grammars (xgrammar comes with vLLM)", soft_wrap=True
        )
    return 1 if problems or held or not found.tools else 0


def _undecodable(tools: Iterable[Tool], grammar_problem: GrammarProblem) -> Iterable[Problem]:
    for tool in tools:
        for part, schema in (("parameters", tool.parameters), ("returns", tool.returns)):
            problem = grammar_problem(decodable(schema)) if schema else None
            if problem:
                reason = f"{part}: no decoder takes it: {problem}; simplify the schema"
                yield Problem(f"{tool.source or tool.server or 'pool'}: {tool.name}", reason)


def _slips(tools: Iterable[Tool]) -> Iterable[Problem]:
    """Yield unknown keywords of schemas that are nearly known: they have no effect as written."""
    for tool in tools:
        stack = [(tool.parameters, "parameters")]
        while stack:
            schema, path = stack.pop()
            for slip in slips(schema.keys(), KEYWORDS):
                yield Problem(f"{tool.source or tool.server or 'pool'}: {tool.name}: {path}", slip)
            inner = {"[]": schema.get("items"), **(schema.get("properties") or {})}
            stack += [(s, f"{path}.{name}") for name, s in inner.items() if isinstance(s, dict)]


def _compared(tools: list[Tool], against: list[str], console: Console) -> int:
    evaluation = gather(against).tools
    if not evaluation:
        raise EmptyPoolError(f"{', '.join(against)}: no usable tool to compare with")
    guard = HeldOut(evaluation)
    matches = [match for tool in tools if (match := guard.match(tool)) is not None]
    said = [Problem(match.tool.name, match.reason) for match in matches if match.held]
    near = [Problem(match.tool.name, match.reason) for match in matches if not match.held]
    _say(console, said, "held out")
    _say(console, near, "near an evaluation tool")
    total = f"compared with {len(evaluation):,} evaluation tools"
    console.print(f"{total}: {len(said):,} held out, {len(near):,} near", highlight=False)
    return len(said)


def _say(
    console: Console, problems: Iterable[Problem], what: str, everything: bool = False
) -> None:
    listed = list(problems)
    for problem in listed if everything else listed[:_SHOWN]:
        console.print(f"{what}: {problem}", markup=False, highlight=False, soft_wrap=True)
    if len(listed) > _SHOWN and not everything:
        console.print(f"... and {len(listed) - _SHOWN:,} more {what}", highlight=False)


def _say_missing(tools: list[Tool], console: Console, names: bool) -> None:
    for part in PARTS:
        lacking = [tool.name for tool in tools if not part.has(tool)]
        if lacking:
            line = f"missing: {part.name} in {len(lacking):,} of {len(tools):,} tools"
            console.print(f"{line}: {part.without}", highlight=False, soft_wrap=True)
            if names:
                console.print(f"  {', '.join(lacking)}", markup=False, soft_wrap=True)
    if line := advice(tools):
        console.print(line, highlight=False, soft_wrap=True)


def _say_counts(found: Gathered, console: Console) -> None:
    renamed = sum(bool(tool.original) for tool in found.tools)
    share = len(found.tools) + found.merged
    line = f"{len(found.tools):,} tools usable; of {found.given:,} definitions {share:,} are"
    if found.given:
        line += f" ({share / found.given:.1%})"
    line += f", {found.merged:,} of them repeat another" if found.merged else ""
    line += f"; {renamed:,} have another name here than on their server" if renamed else ""
    console.print(line, highlight=False, soft_wrap=True)


def list_tools(options: argparse.Namespace, console: Console) -> int:
    """Print a line for each tool: name, domain, parameters, outputs, description."""
    pool = load_pool(options.sources)
    table = Table("name", "domain", "takes", "gives", "description", box=None, pad_edge=False)
    for tool in pool.tools:
        takes = ", ".join(_marked(tool.parameters))
        gives = str((tool.returns or {}).get("type", "")) or "?"
        texts = (tool.name, tool.domain, takes, gives, " ".join(tool.description.split()))
        table.add_row(*(_cell(text) for text in texts))
    console.print(table)
    domains = Counter(tool.domain for tool in pool.tools)
    said = f"{len(pool.tools):,} tools in {len(domains):,} domains"
    console.print(f"{said}; {len(pool.problems):,} left out (`tools check` says why)")
    return 0


def _cell(text: str) -> str:
    short = text if len(text) <= 60 else f"{text[:57]}..."
    return short.replace("[", r"\[")


def _marked(schema: JsonObject) -> Iterable[str]:
    required = schema.get("required") or ()
    for name in schema.get("properties") or {}:
        yield name if name in required else f"{name}?"


def sample_tool(options: argparse.Namespace, console: Console) -> int:
    """Print one tool with arguments and an output drawn for it, as dialogues have them."""
    pool = load_pool(options.sources)
    rng = random.Random(options.seed)
    tool = pool.tools[rng.randrange(len(pool.tools))]
    console.print(f"{tool.name}: {tool.description}", markup=False, soft_wrap=True)
    held = (("server", tool.server), ("called there", tool.original), ("domain", tool.domain))
    for label, text in (*held, ("licence", tool.license), ("source", tool.source)):
        if text:
            console.print(f"  {label}: {text}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        "arguments:", json.dumps(draw(tool.parameters, rng), ensure_ascii=False, indent=2)
    )
    if tool.returns is None:
        console.print("output: the definition has no `returns`; dialogues get a plain status")
    else:
        console.print("output:", json.dumps(draw(tool.returns, rng), ensure_ascii=False, indent=2))
    for example in tool.usage[:1]:
        console.print(f"user: {example.user}\nreply: {example.reply}", markup=False, soft_wrap=True)
    return 0


def run(options: argparse.Namespace, grammar_problem: GrammarProblem | None) -> int:
    """Run the parsed sub-command; returns the exit status."""
    console = Console(soft_wrap=False)
    match options.tools_command:
        case "import":
            return import_tools(options, console)
        case "check":
            return check_tools(options, console, grammar_problem)
        case "list":
            return list_tools(options, console)
    return sample_tool(options, console)
