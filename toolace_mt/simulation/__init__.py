"""The autoregressive multi-agent baseline, on the same tools, plans, engines and verification."""

from toolace_mt.simulation.dialogue import simulate

__all__ = ["simulate"]
