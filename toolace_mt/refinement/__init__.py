"""Stage 2, iterative refinement: complexity is injected, turns are masked and filled anew."""

from toolace_mt.refinement.loop import Check, refine

__all__ = ["Check", "refine"]
