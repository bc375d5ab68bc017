"""How a person says a query: "the cheapest flight after noon"."""

import random
from collections.abc import Sequence
from typing import Any

from toolace_mt.query import Condition, Selection
from toolace_mt.schemas.words import words_of
from toolace_mt.selection.values import sort_of
from toolace_mt.selection.words import (
    counts,
    field_words,
    is_key,
    is_title,
    length_of,
    noun_of,
    plural,
    relation_of,
    said_value,
    superlative,
)

Row = dict[str, Any]


def phrase_of(selection: Selection, rows: Sequence[Row], rng: random.Random) -> str:
    """Return the words for what a query gives, with an article; `rows` are those that remain.

    The wording is drawn. A field that names its row by a code is not spoken of: the flight id of
    the cheapest flight is "the cheapest flight".
    """
    path = selection.sources[-1].path
    noun = noun_of(path, selection.field)
    value = next((row[selection.field] for row in rows if selection.field in row), None)
    if not selection.where and not selection.by and selection.pick == "only":
        return f"the {field_words(selection.field, '', value)}"
    names, others = _clauses(selection.where, noun)
    clauses = names + others
    if selection.pick == "count":
        return f"the number of {plural(noun)}{clauses}"
    if selection.pick == "sum":
        said = field_words(selection.field, noun, value)
        return rng.choice(
            (
                f"the total {said} of all {plural(noun)}{clauses}",
                f"the total {said} of all those {plural(noun)}{clauses}",
            )
        )
    if selection.pick == "difference":
        said = field_words(selection.field, noun, value)
        return f"the difference between the highest and the lowest {said}"
    row = _row_phrase(selection, rows, noun, (names, others), rng)
    said = field_words(selection.field, noun, value)
    of_itself = said == noun or [*words_of(selection.field)] == [*noun.split(), "name"]
    return row if is_key(selection.field) or of_itself else f"the {said} of {row}"


def _row_phrase(
    selection: Selection,
    rows: Sequence[Row],
    noun: str,
    said_of: tuple[str, str],
    rng: random.Random,
) -> str:
    names, others = said_of
    clauses = names + others
    if not selection.by:
        which = "" if selection.pick == "only" else f"{selection.pick} "
        listed = f" on the list{clauses}" if which else clauses
        return f"the {which}{noun}{listed}"
    sample = next((row[selection.by] for row in rows if selection.by in row), None)
    best = superlative(selection.by, sort_of(sample), selection.descending)
    second = "second " if selection.pick == "second" else ""
    if best:
        ways = [f"the {second}{best} {noun}{clauses}"]
        if not second and not clauses and noun != "one":
            ways.append(f"the {best} of the {plural(noun)}")
        return rng.choice(ways)
    said = field_words(selection.by, noun, sample)
    high = selection.descending
    if counts(selection.by, sample):
        best = "most" if high else "fewest"
    else:
        best = "highest" if high else "lowest"
    return f"the {noun}{names} with the {second}{best} {said}{others}"


def _clauses(where: Sequence[Condition], noun: str) -> tuple[str, str]:
    """Return the filters in words as they follow a noun: those that name a row, and the others.

    Those with "whose" are last; what begins alike is joined by "and".
    """
    names: list[str] = []
    others: list[str] = []
    for each in where:
        said = _clause(each, noun)
        naming = each.test in ("equal", "not_equal") and not said.startswith(("whose", "which"))
        (names if naming else others).append(said)
    return _joined(names), _joined(sorted(others, key=lambda c: c.startswith("whose")))


def _joined(said: list[str]) -> str:
    text, last = "", ""
    for clause in said:
        first = clause.split()[0]
        text += f" and {clause}" if first == last else f" {clause}"
        last = first
    return text


def _clause(condition: Condition, noun: str) -> str:
    """Return a filter as it follows a noun: "after noon", "whose airline is not Northway Air"."""
    field, value = condition.field, condition.value
    said, shown = field_words(field, noun, value), said_value(field, value)
    sort = sort_of(value)
    match condition.test:
        case "equal":
            return _named(field, noun, said, shown)
        case "not_equal":
            equal = _named(field, noun, said, shown)
            whole = equal.startswith(("whose", "which"))
            return equal.replace(" is ", " is not ", 1) if whole else f"not {equal}"
        case "contains":
            return f"with {shown} in its {said}"
        case "before" | "after":
            return f"{condition.test} {shown}"
    least = condition.test == "at_least"
    _, unit = length_of(field)
    if unit:
        return f"that takes at {'least' if least else 'most'} {value} {unit}"
    if counts(field, value) and sort == "number":
        return f"with at {'least' if least else 'most'} {value} {said}"
    cheap = superlative(field, sort, False)
    if cheap == "cheapest" and not least:
        return f"for at most {shown}"
    return f"with {_article(said)} {said} of at {'least' if least else 'most'} {shown}"


def _named(field: str, noun: str, said: str, shown: str) -> str:
    if is_title(field, noun):
        return f"called {shown}"
    relation = relation_of(field)
    return f"{relation} {shown}" if relation else f"whose {said} is {shown}"


def _article(words: str) -> str:
    return "an" if words[:1] in "aeiou" else "a"
