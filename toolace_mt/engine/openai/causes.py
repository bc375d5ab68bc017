"""Causes of failed requests, counted, and a warning while no good answer arrives."""

import re
from collections import Counter
from typing import Final

SHOWN: Final = 3
SILENT: Final = 45.0  # seconds without a good answer after which there is a warning
TOLD_AGAIN: Final = 60.0
_PARTICULAR = re.compile(r"\b(?=\w*\d)[\w-]{6,}|\d+(\.\d+)?")


class Causes:
    """Failures of one endpoint by cause; causes that differ only in numbers and ids are one.

    All times are seconds of the same clock.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._good_at = self._told_at = 0.0
        self._trouble = ""

    def add(self, cause: str) -> None:
        """Count one failure with this cause."""
        kind = _PARTICULAR.sub("#", cause)[:80]
        self._counts[kind] += 1
        self._first.setdefault(kind, cause)

    def good(self, now: float) -> None:
        """Record a good answer, or that no request was open."""
        self._good_at = now

    def told(self) -> str:
        """Return the most frequent causes with their counts, on one line; "" if there are none."""
        most = self._counts.most_common(SHOWN)
        parts = [f"{count} x {self._first[kind]}" for kind, count in most]
        others = self._counts.total() - sum(count for _, count in most)
        return "; ".join([*parts, *([f"{others} others"] if others else [])])

    def trouble(self, now: float, open_requests: int, timeout: float) -> str:
        """Return a warning while no good answer arrives, "" as long as all is well.

        It changes at most once a minute, and counts causes since the start.
        """
        silent = now - self._good_at
        if not open_requests or silent < SILENT:
            self._trouble = ""
        elif not self._trouble or now - self._told_at >= TOLD_AGAIN:
            self._told_at = now
            self._trouble = (
                f"no good answer for {silent:.0f} s, requests open: {open_requests};"
                f" {self.told() or f'no error either, engine.timeout is {timeout:g} s'};"
                " what is given up is asked again after `toolace-mt retry RUN_DIR`"
            )
        return self._trouble
