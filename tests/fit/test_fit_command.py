"""`toolace-mt fit` from the command line: exit codes, one line for what is wrong, written rows."""

import json
from pathlib import Path

import pytest
from fit_rows import ROWS

from toolace_mt.__main__ import main

pytest.importorskip("trl")


def saved(folder: Path, *names: str) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(ROWS[name]) + "\n" for name in names))
    return str(path)


def test_nothing_lost_is_0_and_something_is_1(tmp_path: Path) -> None:
    rows = saved(tmp_path, "plain", "float")
    assert main(["fit", rows, "--model", "qwen3"]) == 0
    assert main(["fit", rows, "--model", "glm-4.5"]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "nobody"], "no family 'nobody'"),
        (["--template", "missing.jinja", "--parser", "hermes"], "template cannot be read"),
        (["--model", "qwen3", "--max-length", "9"], "--tokenizer"),
        (["--template", "missing.jinja"], "--parser"),
    ],
)
def test_bad_usage_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", saved(tmp_path, "plain"), *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_written_rows_fit(tmp_path: Path) -> None:
    rows = saved(tmp_path, "plain", "text")
    assert main(["fit", rows, "--model", "gemma-4", "--write", str(tmp_path / "fitted")]) == 1
    assert main(["fit", str(tmp_path / "fitted" / "gemma-4.jsonl"), "--model", "gemma-4"]) == 0


def test_the_mask_is_shown_in_brackets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = saved(tmp_path, "float", "plain")
    assert main(["fit", rows, "--model", "qwen3", "--show-mask", "2"]) == 0
    shown = capsys.readouterr().out
    learned = [part.partition("\u27e7")[0] for part in shown.split("\u27e6")[1:]]
    assert [("Rome" in part, "Done." in part) for part in learned] == [(True, False), (False, True)]
    assert all(part.rstrip().endswith("<|im_end|>") for part in learned)
    assert main(["fit", rows, "--model", "qwen3", "--show-mask", "3"]) == 2
    assert main(["fit", rows, "--model", "llama-3.1", "--show-mask", "1"]) == 2
