"""Every assistant turn of a dialogue as a task: a context, and a key that answers are scored by."""

from toolace_mt.tasks.check import Score, score

__all__ = ["Score", "score"]
