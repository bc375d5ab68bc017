"""Stage 2, iterative refinement: complexity injection, and masked turns written anew."""

from toolace_mt.refinement.loop import refine
from toolace_mt.refinement.operations import Check

__all__ = ["Check", "refine"]
