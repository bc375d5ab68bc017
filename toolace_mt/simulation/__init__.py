"""The autoregressive multi-agent baseline: same tools, plans, engine and verification as ours."""

from toolace_mt.simulation.dialogue import simulate

__all__ = ["simulate"]
