"""Stage 3, offline verification: rules and experts, and where every value comes from."""

from toolace_mt.verification.provenance import origins
from toolace_mt.verification.rules import RULES, check, check_off
from toolace_mt.verification.verify import verify

__all__ = ["RULES", "check", "check_off", "origins", "verify"]
