"""Where every argument of a call, and every value in a reply, comes from.

- `trace` walks over a dialogue; `evidence` holds what was told so far, a `passage` for each text.
- `parsing/` reads values as texts write them: words, numbers, dates, times.
- `matching/` explains a value by the evidence: as it is, in another form, or computed.
- `parameters` and `freedom` say what an argument is, and what an assistant may choose freely.
- `replies` has what values of a reply may come from beyond that, and `contradictions/` what they
  must not be: the value of another field, another order or another time.
"""

from toolace_mt.verification.provenance.trace import Trace, origins, trace_values

__all__ = ["Trace", "origins", "trace_values"]
