"""Stage 3, offline verification: rules and experts, and where every value comes from."""

from toolace_mt.verification.provenance import origins
from toolace_mt.verification.rules import RULES, check
from toolace_mt.verification.verify import verify

__all__ = ["RULES", "check", "origins", "verify"]
