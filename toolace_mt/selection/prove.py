"""Proofs that a request by constraint can be solved: one result, and nothing said in vain."""

from dataclasses import replace

from toolace_mt.query import Derivation, Selection
from toolace_mt.selection.evaluate import Outputs, evaluate
from toolace_mt.selection.values import sort_of


def disproof(derivation: Derivation, outputs: Outputs) -> str:
    """Return why a reader of `outputs` cannot find the argument, "" if it is proven that one can.

    `outputs` are those before the call. Every query of the derivation must give exactly one value,
    no tie may decide it as values are shown, and each filter and order must be needed: without it,
    another value would result, or none.
    """
    for selection in derivation.selections:
        if why := _flaw(selection, outputs):
            return why
    return ""


def _flaw(selection: Selection, outputs: Outputs) -> str:
    result = evaluate(selection, outputs)
    if result.reason:
        return result.reason
    if not sort_of(result.value):
        return f"{selection.field} is not a value that can be said"
    if selection.by and len(result.rows) < 2:
        return f"the order by {selection.by} decides nothing"
    for condition in selection.where:
        others = tuple(each for each in selection.where if each is not condition)
        without = evaluate(replace(selection, where=others), outputs)
        if not without.reason and without.value == result.value:
            return f"the filter on {condition.field} is not needed"
    return ""
