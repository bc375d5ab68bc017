"""Checks the dialogues of a file with the rules, and with experts if asked."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from toolace_mt.config import RunConfig, VerificationConfig
from toolace_mt.engine.base import start_engine
from toolace_mt.reading.checking.experts import judged
from toolace_mt.reading.checking.summary import Summary as Summary
from toolace_mt.reading.checking.summary import report as report
from toolace_mt.reading.checking.verdicts import check_row as check_row
from toolace_mt.reading.checking.workers import checked
from toolace_mt.reading.checking.written import Targets, Writer, writing
from toolace_mt.reading.files import read_rows
from toolace_mt.verification.rules import check_off


def verify_file(
    path: Path,
    findings_path: Path | None,
    config: VerificationConfig,
    progress: Callable[[Summary], None] | None = None,
    targets: Targets | None = None,
    workers: int = 1,
) -> Summary:
    """Apply the rules to every dialogue of a file or dataset; `reading.files` says which it reads.

    `targets` names the files to write, by default only `findings_path`. That file gets one JSON
    object a line for each dialogue with findings: `line`, `split` (of a dataset), `id`, `outcome`
    and `findings`. Each finding has its `turn` and the index of its message, -1 for the whole
    dialogue. `progress` is called after every 1,000 dialogues. `workers` is the number of
    processes.

    Raises ConfigError if a rule to leave out does not exist. Raises InputError if `path` cannot be
    read, or a target cannot be written or would overwrite it.
    """
    check_off(config.off)
    targets = targets or Targets(findings_path)
    targets.preflight(path)
    summary = Summary()
    with writing(targets) as writer:
        for row, result in checked(read_rows(path, targets.whole_rows), config, workers):
            summary.add(result)
            summary.unwritten += not writer.add(row, result)
            if progress is not None and summary.dialogues % 1000 == 0:
                progress(summary)
    return summary


def verify_with_experts(path: Path, targets: Targets, config: RunConfig) -> Summary:
    """Apply the rules to a file, and the experts of `config` to dialogues without an error.

    The engine of `config` is started in this process. Results are written as by `verify_file`, with
    the experts' answers. Raises what `verify_file` raises, and EngineError if the engine cannot be
    started or dies.
    """
    check_off(config.verification.off)
    targets.preflight(path)
    with writing(targets) as writer:
        return asyncio.run(_judge_all(path, targets, writer, config))


async def _judge_all(path: Path, targets: Targets, writer: Writer, config: RunConfig) -> Summary:
    summary = Summary()
    engine = start_engine(config.all_engines[config.engine_for("verification", "")], 0)
    try:
        rows = read_rows(path, targets.whole_rows)
        window = 2 * engine.max_num_seqs
        async for row, result in judged(rows, engine.generate, config.verification, window):
            summary.add(result)
            summary.unwritten += not writer.add(row, result)
    finally:
        await engine.close()
    return summary
