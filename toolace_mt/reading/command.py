"""`toolace-mt verify`: what its arguments ask for."""

import argparse

from rich.console import Console

from toolace_mt.config import VerificationConfig, load_config
from toolace_mt.errors import ConfigError
from toolace_mt.reading.verify import check_names, report, verify_file, verify_with_experts
from toolace_mt.reading.written import Targets


def verify(options: argparse.Namespace) -> int:
    """Run the command and print its report; returns 1 if a dialogue was rejected, else 0."""
    check_names(options.off)
    if options.workers < 1:
        raise ConfigError(f"--workers: expected 1 or more, got {options.workers}")
    targets = Targets(options.findings, options.keep, options.reject)
    if options.experts:
        if options.workers > 1:
            raise ConfigError("--workers: experts are asked by one process; leave --workers out")
        off = [f"verification.off=[{','.join(options.off)}]"] if options.off else []
        summary = verify_with_experts(options.path, targets, load_config(options.experts, off))
    else:
        config = VerificationConfig(off=tuple(options.off))
        summary = verify_file(options.path, None, config, targets=targets, workers=options.workers)
    Console().print(report(summary))
    return 1 if summary.rejected else 0
