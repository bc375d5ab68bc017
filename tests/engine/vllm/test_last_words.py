"""Last words of processes that log as vLLM does; test_vllm_death.py has vLLM's own."""

import logging
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from toolace_mt.engine.vllm.plugins import LastWords, _heard, tell_last_words
from toolace_mt.errors import EngineError

DIES = """
import logging, sys
from toolace_mt.engine.vllm.plugins import tell_last_words
tell_last_words()
logging.lastResort = None
for said in sys.argv[1:]:
    try:
        raise ValueError(said)
    except ValueError:
        logging.getLogger("vllm.v1.engine.core").exception("EngineCore failed to start.")
logging.getLogger("vllm").error("no exception")
logging.getLogger("other").exception("another's")
"""


@pytest.fixture
def last_words(monkeypatch: pytest.MonkeyPatch) -> LastWords:
    monkeypatch.setenv("TOOLACE_MT_ENGINE_LAST_WORDS", "")  # and as it was, afterwards
    return LastWords()


def _die(*said: str) -> None:
    subprocess.run([sys.executable, "-c", DIES, *said], check=True)


@pytest.mark.parametrize("said", ["See root cause above.", "See stack trace (above)"])
def test_an_error_that_points_elsewhere_is_told_as_what_it_points_to(
    said: str, last_words: LastWords
) -> None:
    assert "gave no reason" in last_words.cause(RuntimeError(said))
    _die("See root cause above.")
    assert "gave no reason" in last_words.cause(RuntimeError(said))
    _die("no memory\nfor 4096 tokens")
    assert last_words.cause(RuntimeError(said)) == "no memory for 4096 tokens"
    _die("the worker", "Worker failed, see stack trace above")
    assert last_words.cause(RuntimeError(said)) == "the worker"


def test_what_an_engine_before_it_died_of_is_not_told_again(last_words: LastWords) -> None:
    _die("the engine before")
    assert "gave no reason" in LastWords().cause(RuntimeError("See root cause above."))
    assert last_words.cause(RuntimeError("See root cause above.")) == "the engine before"


def test_what_was_logged_long_before_is_told_as_such(
    last_words: LastWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    _die("a request that failed")
    monkeypatch.setattr("toolace_mt.engine.vllm.plugins._FRESH", 0.0)
    told = last_words.cause(RuntimeError("See root cause above."))
    assert re.search(r"gave no reason.*; \d+ s before it had logged: a request that failed$", told)


def test_without_a_place_for_temporary_files_an_engine_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    _heard.cache_clear()
    monkeypatch.setattr("toolace_mt.engine.vllm.plugins.TemporaryFile", refuse)
    with pytest.raises(EngineError, match=r"TMPDIR says where.*No usable temporary directory"):
        LastWords()


def test_an_error_that_says_what_it_is_is_told_as_it_is(last_words: LastWords) -> None:
    _die("no memory")
    assert last_words.cause(OSError("no such\nmodel")) == "no such model"
    assert last_words.cause(KeyboardInterrupt()) == "KeyboardInterrupt"


def test_what_is_no_text_is_told_as_far_as_it_is(last_words: LastWords) -> None:
    _die("\udcff" + "x" * 5000)
    told = last_words.cause(RuntimeError("See root cause above."))
    assert told == "?" + "x" * 499


def test_an_owner_that_cannot_be_reached_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLACE_MT_ENGINE_LAST_WORDS", "/proc/0/fd/0")
    _die("nobody hears it")


@pytest.mark.parametrize("place", ["", f"/proc/{os.getpid()}/fd/0"])
def test_nobody_tells_itself(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLACE_MT_ENGINE_LAST_WORDS", place)
    handlers = list(logging.getLogger("vllm").handlers)
    tell_last_words()
    assert logging.getLogger("vllm").handlers == handlers


def test_vllm_finds_it() -> None:
    (point,) = entry_points(group="vllm.general_plugins", name="toolace_mt_last_words")
    assert point.load() is tell_last_words
