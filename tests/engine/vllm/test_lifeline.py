"""Processes that follow an owner, without vLLM; test_vllm_death.py has vLLM's own."""

import os
import select
import signal
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from toolace_mt.engine.vllm.plugins import end_with_owner, own_engines

OWNER = """
import subprocess, sys, time
from toolace_mt.engine.vllm.plugins import end_with_owner, own_engines
own_engines()
end_with_owner()  # vLLM calls it in the owner as well
follower = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
time.sleep(60)
"""
FOLLOWER = """
import time
from toolace_mt.engine.vllm.plugins import end_with_owner
end_with_owner()
print("follows", flush=True)
time.sleep(60)
"""


def test_a_follower_ends_when_its_owner_is_killed() -> None:
    command = [sys.executable, "-c", OWNER, FOLLOWER]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"follows\n"
        owner.kill()
        # The follower holds the other end, for a minute if it is not killed.
        assert select.select([owner.stdout], [], [], 20)[0]
        assert owner.stdout.read() == b""


def test_a_follower_whose_owner_has_gone_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    monkeypatch.setenv("TOOLACE_MT_ENGINE_OWNER", str(gone.pid))
    run = subprocess.run([sys.executable, "-c", FOLLOWER], capture_output=True)
    assert run.returncode == -signal.SIGKILL
    assert run.stdout == b""


@pytest.mark.parametrize("owner", ["", "0", str(os.getpid())])
def test_without_another_owner_nothing_is_watched(
    owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLACE_MT_ENGINE_OWNER", owner)
    monkeypatch.setattr(os, "pidfd_open", lambda _: pytest.fail("something is watched"))
    end_with_owner()


def test_an_unknown_system_call_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setenv("TOOLACE_MT_ENGINE_OWNER", "1")
    monkeypatch.setattr(os, "pidfd_open", unknown)
    end_with_owner()


def test_own_engines_names_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLACE_MT_ENGINE_OWNER", "1")
    own_engines()
    assert os.environ["TOOLACE_MT_ENGINE_OWNER"] == str(os.getpid())


def test_vllm_finds_it() -> None:
    (point,) = entry_points(group="vllm.general_plugins", name="toolace_mt_lifeline")
    assert point.load() is end_with_owner
