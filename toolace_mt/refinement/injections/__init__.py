"""Complexity injection (stage 2, first operation): the kinds of injection, one module each.

Every kind in `trajectory.INJECTIONS` has a module of its name here, with a `Kind` called `KIND`.
"""

from importlib import import_module

from toolace_mt.refinement.injections.kind import Kind
from toolace_mt.trajectory import INJECTIONS, Injection

KINDS: dict[Injection, Kind] = {
    kind: import_module(f"{__name__}.{kind}").KIND for kind in INJECTIONS
}

EXAMPLES: dict[str, tuple[dict[str, str], ...]] = {
    variant.name: variant.examples for kind in KINDS.values() for variant in kind.variants
}
"""The task examples of every variant, by its name."""
