"""Where every argument of a call, and every value in a reply, comes from.

`trace` walks over a dialogue and asks `lookup` for each value. That looks through the passages
which `known` holds: first for the value as it is, then for another spelling or name of it
(`wording`), a date or time (`when`), a number in another form or a computed one (`amounts`,
`arithmetic`). `replies` has what the values of a reply may come from beyond that.
"""

from toolace_mt.verification.provenance.trace import Trace, origins, trace_values

__all__ = ["Trace", "origins", "trace_values"]
