"""Batch files of a run: what waits goes out, what comes back is journaled, restartable anywhere."""
