"""The commands `run`, `status` and `retry`."""

import argparse
import sys
from pathlib import Path

from toolace_mt.commands.base import EXITS, Command, HelpWithMore, take_run_dir


def _settings() -> str:
    from toolace_mt.config.help import settings_help

    continues = "the same command continues: what is on disk is never made again"
    return f"{continues}\n\n{EXITS}\n\nsettings:\n{settings_help()}"


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-h", "--help", action=HelpWithMore, help="show all settings, too", more=_settings
    )
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a YAML file, see configs/")
    parser.add_argument(
        "overrides", nargs="*", default=[], metavar="key=value", help="such as dialogues=100"
    )


def _run(options: argparse.Namespace) -> int:
    from toolace_mt.config import load_config

    config = load_config(options.config, options.overrides)
    from toolace_mt.distributed.driver import run
    from toolace_mt.run.costs import cost_lines, role_costs
    from toolace_mt.run.status_text import nothing_accepted, outcome_lines, too_few

    status = run(config)
    run_dir = Path(config.run_dir)
    costs = role_costs(config, status)
    print(*outcome_lines(status), *cost_lines(costs, status.outcomes["accepted"]), sep="\n")
    print(f"dataset: {run_dir / 'dataset'}")
    print(f"read a dialogue: toolace-mt show {run_dir}")
    fault = too_few(status) if status.outcomes["accepted"] else nothing_accepted(status)
    if fault:
        sys.stdout.flush()
        print(f"toolace-mt: {fault}", file=sys.stderr)
    return 1 if fault else 0


def _status(options: argparse.Namespace) -> int:
    from rich.console import Console

    from toolace_mt.run.costs import cost_lines, role_costs
    from toolace_mt.run.directory import RunDir
    from toolace_mt.run.prepare import read_settings
    from toolace_mt.run.status import status_of
    from toolace_mt.run.status_text import batch_lines, driver_line, outcome_lines, stage_table

    run = RunDir(options.run_dir)
    status = status_of(run)
    costs = role_costs(read_settings(run), status)
    Console().print(stage_table(status.stages, status.planned))
    accepted = status.outcomes["accepted"]
    print(*outcome_lines(status), *cost_lines(costs, accepted), *batch_lines(status), sep="\n")
    print(driver_line(status))
    return 0


def _retry(options: argparse.Namespace) -> int:
    from toolace_mt.run.directory import RunDir
    from toolace_mt.run.retry import retry

    calls = retry(RunDir(options.run_dir.absolute()))
    again = "; the command that made the run asks again" if calls else ""
    print(f"{calls} calls taken back{again}")
    return 0


COMMANDS: dict[str, Command] = {
    "run": Command(
        _run_arguments,
        _run,
        "make the dialogues of a configuration, or continue a run that was cut off",
        interrupted="interrupted; what was finished is kept: run the same command to continue",
    ),
    "status": Command(take_run_dir, _status, "say how far a run is, while it runs and afterwards"),
    "retry": Command(take_run_dir, _retry, "take back calls given up, such as when engines died"),
}
