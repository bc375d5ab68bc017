"""Answer schemas as grammars that compile quickly.

xgrammar (0.2.8) builds one automaton for each string `pattern`, from scratch for every new pattern,
and nearly every call has new values. Written as rules of a grammar, the parts seen before come from
its cache.

It counts a string with `maxLength` by character, which is slow to compile, and admits no JSON
escapes in it: no quotes, backslashes or line breaks. Here, longer strings are counted by words, and
escapes count as words. benchmarks/throughput/masks.py measures the cost of both.
"""

import json
import re
from typing import Any

from toolace_mt.schemas.patterns import Either, Repeat, Run, Sequence, parsed

_EMPTY = '""'
# A bounded string. Only the repetition of one character class (`[...]*`) has cheap masks, so
# escapes separate words, as blanks do. `\\u` admits no surrogates, which could not be decoded.
_PLAIN = r'[^"\\\x00-\x1f]'
_LETTER = r'[^ "\\\x00-\x1f]'
_HEX = "[0-9a-fA-F]"
_UNICODE = rf'"\\u" [0-9a-cA-CefEF] {_HEX} {_HEX} {_HEX}'
_GAP = rf'(" " | "\\" ["\\/bfnrt] | {_UNICODE})'
_COUNTED = 31  # characters; strings up to this length are counted exactly, without escapes
_WORD = 7  # characters of a word with its blank; above average, so that few texts exceed the length
# Negated classes, word boundaries and flags, which `parsed` only approximates.
_LOOSE = re.compile(r"\[\^|\\[bB]|(?<!\\)\(\?(?!:)")


class _Unsplit(ValueError):
    """The string is left to xgrammar."""


def schema_grammar(schema: str) -> str | None:
    """Return an xgrammar grammar for the answers of a JSON Schema, without any whitespace.

    Returns None if no string of the schema can be rewritten; the schema is then used itself. Raises
    RuntimeError for a schema that xgrammar cannot read.

    - A pattern is rewritten if it admits only printable ASCII that JSON does not escape, and is
      written without negation.
    - A length above 31 characters is rewritten as a number of words: `maxLength` 200 admits 29
      words, however long.
    - Control characters are admitted only as escapes.
    """
    rules: dict[str, str] = {}
    marked: dict[str, str] = {}
    plain = _rewritten(json.loads(schema), marked, rules)
    if not marked:
        return None
    from xgrammar import Grammar

    text = str(
        Grammar.from_json_schema(json.dumps(plain), any_whitespace=False, separators=(",", ":"))
    )
    for marker, body in marked.items():
        text = text.replace(f'"\\"{marker}\\""', f'"\\"" {body} "\\""')
    return text + "".join(f"{name} ::= {body}\n" for body, name in rules.items())


def _rewritten(schema: Any, marked: dict[str, str], rules: dict[str, str]) -> Any:
    """Replace every string that can be rewritten by a constant; record what it stands for."""
    if isinstance(schema, list):
        return [_rewritten(inner, marked, rules) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "string":
        try:
            body = _string(schema, rules)
        except ValueError:
            return schema
        marker = f"pattern@{len(marked)}@"
        marked[marker] = body
        return {"const": marker}
    return {
        key: inner if key in ("const", "enum") else _rewritten(inner, marked, rules)
        for key, inner in schema.items()
    }


def _string(schema: dict[str, Any], rules: dict[str, str]) -> str:
    given = schema.keys() - {"type", "title", "description"}
    pattern = schema.get("pattern")
    if given == {"pattern"} and isinstance(pattern, str) and not _LOOSE.search(pattern):
        return _sequence(parsed(pattern), rules)
    if given and given <= {"minLength", "maxLength"}:
        return _rule(_bounded(schema.get("minLength", 0), schema.get("maxLength")), rules)
    raise _Unsplit


def _bounded(low: int, high: int | None) -> str:
    """Return an expression for texts of about `low` to `high` characters."""
    if high is not None and high <= _COUNTED:
        return f"{_PLAIN}{_times(low, high)}"
    least, most = low // _WORD, None if high is None else max(low, high) // _WORD
    first = rf'("" | "\\\"") {_LETTER}+' if low else f"{_LETTER}*"
    return f"{first} ({_GAP} {_LETTER}*){_times(least, most)}"


def _sequence(parts: Sequence, rules: dict[str, str]) -> str:
    """Return parts of a pattern as a grammar expression; a repeated part gets its own rule.

    Repetitions inside that part stay in the same rule: a token that ends one rule and continues in
    another has to be checked again at every step.
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
