"""The autoregressive multi-agent baseline: same tools, plans, engine and verification as ours."""

from toolace_mt.simulation.dialogue import simulate
from toolace_mt.simulation.scene import Drawing

__all__ = ["Drawing", "simulate"]
