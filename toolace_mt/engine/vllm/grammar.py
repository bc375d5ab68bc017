"""Answer schemas as grammars that compile in milliseconds.

xgrammar (0.2.8) makes one automaton of a string's `pattern`, from scratch for every new pattern:
1.1 s of CPU for the texts that one request of `fast` asks for, 1.8 s with a vocabulary of 151,000
in place of 49,000, and nearly every call brings new values. Written as rules of a grammar, what was
seen before comes from its cache: 4 and 5 ms. The mask of admitted tokens is then dearer, 0.03 and
0.9 ms before each token in place of next to nothing (benchmarks/throughput/masks.py).
"""

import json
import re
from typing import Any

from toolace_mt.schemas.patterns import Either, Repeat, Run, Sequence, parsed

_EMPTY = '""'
_LENGTHS = ("minLength", "maxLength", "format")
# Negated classes, word boundaries, flags: `parsed` reads these loosely, to write texts from.
_LOOSE = re.compile(r"\[\^|\\[bB]|(?<!\\)\(\?(?!:)")


class _Unsplit(ValueError):
    """This pattern stays with xgrammar."""


def schema_grammar(schema: str) -> str | None:
    """Return an xgrammar grammar of the same answers as a JSON Schema, without any whitespace.

    None if no string of the schema has a pattern that can be rewritten exactly: the schema is then
    best given as it is. A pattern is rewritten if all that it admits is printable ASCII which JSON
    writes as it is, and if it spells out what it admits rather than what it does not. Raises
    RuntimeError for a schema that xgrammar cannot read.
    """
    rules: dict[str, str] = {}
    marked: dict[str, str] = {}
    plain = _without_patterns(json.loads(schema), marked, rules)
    if not marked:
        return None
    from xgrammar import Grammar

    text = str(
        Grammar.from_json_schema(json.dumps(plain), any_whitespace=False, separators=(",", ":"))
    )
    for marker, body in marked.items():
        text = text.replace(f'"\\"{marker}\\""', f'"\\"" {body} "\\""')
    return text + "".join(f"{name} ::= {body}\n" for body, name in rules.items())


def _without_patterns(schema: Any, marked: dict[str, str], rules: dict[str, str]) -> Any:
    """Replace every string with a pattern by a constant; note what stands for that constant."""
    if isinstance(schema, list):
        return [_without_patterns(inner, marked, rules) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    pattern = schema.get("pattern")
    if schema.get("type") == "string" and isinstance(pattern, str):
        try:
            if _LOOSE.search(pattern) or any(key in schema for key in _LENGTHS):
                raise _Unsplit
            body = _sequence(parsed(pattern), rules)
        except ValueError:
            return schema
        marker = f"pattern@{len(marked)}@"
        marked[marker] = body
        return {"const": marker}
    return {key: _without_patterns(inner, marked, rules) for key, inner in schema.items()}


def _sequence(parts: Sequence, rules: dict[str, str]) -> str:
    """Return parts of a pattern as a grammar's expression; what repeats gets a rule of its own.

    What repeats inside that stays in the same rule: of a token that ends one rule and goes on in
    another, the engine has to find out anew at every step whether it is admitted.
    """
    return " ".join(_part(part, rules) for part in parts) or _EMPTY


def _part(part: str | Run | Repeat | Either, rules: dict[str, str] | None) -> str:
    match part:
        case str():
            return f'"{"".join(_safe(char) for char in part)}"'
        case Run():
            body = _class(part) + _times(part.low, part.high)
        case Repeat():
            inside = " ".join(_part(inner, None) for inner in part.parts)
            body = f"({inside})" + _times(part.low, part.high)
        case Either():
            options = (" ".join(_part(p, rules) for p in option) for option in part.options)
            return f"({' | '.join(each or _EMPTY for each in options)})"
    return body if rules is None or part.high == 1 else _rule(body, rules)


def _rule(body: str, rules: dict[str, str]) -> str:
    return rules.setdefault(body, f"shared_{len(rules)}")


def _class(run: Run) -> str:
    return f"[{''.join(_coded(char) for char in run.allowed)}]"


def _coded(char: str) -> str:
    return f"\\x{ord(_safe(char)):02x}"


def _times(low: int, high: int | None) -> str:
    if (low, high) == (1, 1):
        return ""
    if high is None and low < 2:
        return "+" if low else "*"
    return f"{{{low},{'' if high is None else high}}}"


def _safe(char: str) -> str:
    if char in '"\\' or not (char.isascii() and char.isprintable()):
        raise _Unsplit
    return char
