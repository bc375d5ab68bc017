"""The commands `export` and `push`, for the dataset of a run."""

import argparse
from pathlib import Path

from toolace_mt.commands.base import EXITS, Command, HelpWithMore, take_run_dir


def _formats() -> str:
    """Return the help on formats: what each is, and who reads it."""
    from toolace_mt.dataset.formats import FORMATS

    lines = [f"  {name:18} {f.about}\n  {'':18} for {f.readers}" for name, f in FORMATS.items()]
    return "\n".join([EXITS, "", "formats:", *lines])


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-h", "--help", action=HelpWithMore, help="show all formats, too", more=_formats
    )
    take_run_dir(parser)
    parser.add_argument(
        "--format",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="formats to write (default: those of the run's configuration)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="a new directory (default: RUN_DIR/dataset, which is replaced; it then also has the"
        " formats of the run's configuration)",
    )


def _export(options: argparse.Namespace) -> int:
    from toolace_mt.dataset.export import export_run

    summary = export_run(options.run_dir, tuple(options.format), options.out)
    print(f"{summary.train:,} accepted, {summary.rejected:,} rejected, {summary.failed:,} failed")
    for reason, count in summary.left_out.most_common():
        print(f"left out: {count:,} {reason}")
    print(f"dataset: {summary.path}")
    return 0


def _push_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="RUN_DIR_OR_DATASET")
    parser.add_argument("repo_id", metavar="REPO_ID", help="such as me/dialogues")
    parser.add_argument("--public", action="store_true", help="a new repository is public")
    parser.add_argument(
        "--dry-run", action="store_true", help="list what would be sent; send nothing"
    )


def _push(options: argparse.Namespace) -> int:
    from toolace_mt.dataset.push import plan_push, push

    planned = plan_push(options.path)
    if options.dry_run:
        for name in planned.files:
            print(f"{(planned.folder / name).stat().st_size:14,}  {name}")
        print(f"{planned.size:14,}  bytes in {len(planned.files):,} files; nothing was sent")
        return 0
    print(f"pushed to {push(planned, options.repo_id, options.public)}")
    return 0


COMMANDS: dict[str, Command] = {
    "export": Command(
        _export_arguments,
        _export,
        "write the dataset of a run anew: in other formats, or while the run is under way",
    ),
    "push": Command(
        _push_arguments, _push, "push the dataset of a run to the Hugging Face Hub, or go on"
    ),
}
