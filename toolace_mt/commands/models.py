"""The command `prepare-model`, which fetches the embedded model."""

import argparse
from pathlib import Path

from toolace_mt.commands.base import Command


def _prepare_model_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directory", nargs="?", type=Path, default=Path("models/smollm2-135m-instruct")
    )


def _prepare_model(options: argparse.Namespace) -> int:
    from toolace_mt.engine.embedded import prepare_embedded_model

    print(f"model: {prepare_embedded_model(options.directory)}")
    return 0


COMMANDS: dict[str, Command] = {
    "prepare-model": Command(
        _prepare_model_arguments,
        _prepare_model,
        "fetch and convert the embedded model, once",
    ),
}
