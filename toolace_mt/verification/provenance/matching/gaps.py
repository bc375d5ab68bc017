"""The time between any two dates or times of day that were told lately."""

from datetime import date

from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.passage import Passage

_RECENT = 3  # messages that are looked into
_OPERANDS = 16  # times, and dates, that are compared


def gaps_between(outputs: list[Passage], known: Evidence) -> set[int]:
    """Return the hours, minutes and days between any two times or dates that were told."""
    recent = (*outputs, *known.users[:_RECENT])
    minutes = sorted({m for p in recent for m in p.calendar.minutes})[:_OPERANDS]
    gaps = {(b - a) % 1440 for a in minutes for b in minutes if a != b}
    days = set()
    for moment in [m for p in recent for m in p.calendar.moments if m.month and m.day][:_OPERANDS]:
        try:
            days.add(date(moment.year or 2024, moment.month, moment.day))
        except ValueError:
            continue
    if known.today:
        days.add(known.today)
    apart = {abs((b - a).days) for a in days for b in days if a != b}
    apart |= {(gap + extra) // 7 for gap in apart for extra in (0, 1)}
    return apart | gaps | {gap // 60 for gap in gaps} | {gap % 60 for gap in gaps}
