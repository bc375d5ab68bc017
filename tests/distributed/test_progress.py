import sys

import pytest

from toolace_mt.distributed.progress import terminal


def test_a_run_speaks_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    terminal().print("starting")
    assert capsys.readouterr().err == "starting\n"


def test_and_goes_on_if_nobody_can_hear_it(monkeypatch: pytest.MonkeyPatch) -> None:
    full = open("/dev/full", "w", buffering=1)  # noqa: SIM115 (closing it fails)
    with pytest.raises(OSError, match="No space left"):
        print("anything", file=full)
    monkeypatch.setattr(sys, "stderr", full)
    terminal().print("starting")
    with pytest.raises(OSError, match="No space left"):
        full.close()
