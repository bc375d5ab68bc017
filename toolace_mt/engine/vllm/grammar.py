"""Answer schemas as grammars that compile in milliseconds.

xgrammar (0.2.8) makes one automaton of a string's `pattern`, from scratch for every new pattern,
and nearly every call brings new values. Written as rules of a grammar, what was seen before comes
from its cache. A string with `maxLength` it counts character by character, which is slow to
compile, and refuses every escape of JSON in it: no quotes, no backslashes, no line breaks. Here a
longer one is words, counted, and escapes count as words. What both cost is
measured by benchmarks/throughput/masks.py.
"""

import json
import re
from typing import Any

from toolace_mt.schemas.patterns import Either, Repeat, Run, Sequence, parsed

_EMPTY = '""'
# A bounded string. Only what repeats as one class of characters (`[...]*`) has cheap masks, so
# escapes stand between words, as blanks do. `\\u` writes no surrogate: JSON could not be decoded.
_PLAIN = r'[^"\\\x00-\x1f]'
_LETTER = r'[^ "\\\x00-\x1f]'
_HEX = "[0-9a-fA-F]"
_UNICODE = rf'"\\u" [0-9a-cA-CefEF] {_HEX} {_HEX} {_HEX}'
_GAP = rf'(" " | "\\" ["\\/bfnrt] | {_UNICODE})'
_COUNTED = 31  # characters: up to here every one is counted, and none escaped
_WORD = 7  # characters of a word with its blank: rather more than in prose, so few texts exceed
# Negated classes, word boundaries, flags: `parsed` reads these loosely, to write texts from.
_LOOSE = re.compile(r"\[\^|\\[bB]|(?<!\\)\(\?(?!:)")


class _Unsplit(ValueError):
    """This string stays with xgrammar."""


def schema_grammar(schema: str) -> str | None:
    """Return an xgrammar grammar of the same answers as a JSON Schema, without any whitespace.

    None if no string of the schema can be rewritten: the schema is then best given as it is. A
    pattern is rewritten if all that it admits is printable ASCII which JSON writes as it is, and if
    it spells out what it admits rather than what it does not. A length is rewritten, beyond 31
    characters, as a number of words: `maxLength` 200 admits 29, however long. Control characters
    are admitted as escapes alone. Raises RuntimeError for a schema that xgrammar cannot read.
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
    """Replace every string that can be rewritten by a constant; note what stands for it."""
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
    """Return an expression for texts of some `low` to `high` characters."""
    if high is not None and high <= _COUNTED:
        return f"{_PLAIN}{_times(low, high)}"
    least, most = low // _WORD, None if high is None else max(low, high) // _WORD
    first = rf'("" | "\\\"") {_LETTER}+' if low else f"{_LETTER}*"
    return f"{first} ({_GAP} {_LETTER}*){_times(least, most)}"


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
