"""Writes the dataset of a run on disk again, such as in other formats."""

from pathlib import Path

import yaml

from toolace_mt.config import RunConfig, validate_config
from toolace_mt.dataset.formats import check_formats
from toolace_mt.dataset.writer import ExportSummary, write_dataset
from toolace_mt.errors import InputError
from toolace_mt.run.directory import RunDir, storage
from toolace_mt.run.lease import owned


def export_run(
    run_dir: Path, formats: tuple[str, ...] = (), out: Path | None = None
) -> ExportSummary:
    """Write the verified dialogues of a run in the formats named; without names, in its own.

    Without `out` this replaces the dataset of the run, which then also has the formats of the run's
    configuration.

    - InputError: there is no run, or `out` is not empty.
    - ConfigError: there is no format of that name.
    - RunDirError: a driver is at work, and its dataset would be replaced.
    """
    run = RunDir(run_dir)
    config = _config(run)
    if out:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise InputError(f"{out}: is there and not empty; name a new directory")
        return write_dataset(run_dir, config, formats=formats or config.export.formats, out=out)
    names = check_formats((*config.export.formats, *formats))
    with owned(run):
        return write_dataset(run_dir, config, formats=names)


def _config(run: RunDir) -> RunConfig:
    if not run.config.exists():
        raise InputError(f"{run.path}: no run is here ({run.config.name} is missing)")
    with storage(run.config):
        settings = yaml.safe_load(run.config.read_bytes())
    return validate_config(settings, str(run.config))
