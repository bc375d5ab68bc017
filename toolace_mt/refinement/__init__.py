"""Stage 2, iterative refinement: complexity injection, and masked turns written anew."""

from toolace_mt.refinement.loop import Check, refine

__all__ = ["Check", "refine"]
