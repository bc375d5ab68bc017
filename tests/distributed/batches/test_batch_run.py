"""Whole runs with a batch engine, against a provider on loopback."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from batch_provider import Provider, providing
from fake_runs import rows
from rich.console import Console

from toolace_mt.config import RunConfig, load_config
from toolace_mt.distributed.driver import run
from toolace_mt.run.directory import RunDir
from toolace_mt.run.policy import FaultPolicy

FAST = Path(__file__).parents[3] / "configs" / "fast.yaml"
QUICK = FaultPolicy(backoff_first=0.01, backoff_most=0.02)

pytestmark = pytest.mark.usefixtures("ray_session")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with providing() as made:
        yield made


@pytest.fixture
def fast(tmp_path: Path, provider: Provider) -> Callable[..., RunConfig]:
    def make(name: str = "batch", *more: str, kind: str = "batch") -> RunConfig:
        url = {"batch": "engine.url", "openai": "engine.urls.0"}[kind]
        given = [
            f"engine={{kind: {kind}, model: m}}",
            f"{url}={provider.url}",
            f"run_dir={tmp_path / name}",
            "dialogues=10",
            "shard_size=4",
            *(["engine.poll=0.02", "engine.online_below=0"] if kind == "batch" else []),
            *more,
        ]
        return load_config(FAST, given)

    return make


def digests(config: RunConfig) -> dict[str, str]:
    """The files of a dataset; the card names the engine's kind."""
    folder = RunDir(Path(config.run_dir)).dataset
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "README.md"
    }


def test_rows_are_those_made_online_and_no_more_batches_than_the_longest_chain(
    fast: Callable[..., RunConfig], provider: Provider, console: Console
) -> None:
    provider.unreadable = 0.03
    online, batch = fast("online", kind="openai"), fast()
    run(online, console=console)
    asked = provider.log["POST /v#/chat/completions"]
    status = run(batch, policy=QUICK, console=console)
    assert status.outcomes.total() == 10
    assert len(digests(batch)) > 1
    assert digests(batch) == digests(online)
    assert len(provider.paid) == asked - 1  # one question at the start, each
    deepest = max(sum(usage.depth for usage in dialogue.usage) for dialogue in rows(batch))
    assert len(provider.batches) == deepest >= 2


def test_more_is_planned_until_enough_are_accepted_and_shown_as_planned(
    fast: Callable[..., RunConfig], provider: Provider, console: Console
) -> None:
    provider.unreadable = 0.3
    config = fast("waves", "dialogues=null", "accepted=8")
    status = run(config, policy=QUICK, console=console)
    assert status.outcomes["accepted"] >= 8
    assert status.planned > 8
    shown = json.loads((RunDir(Path(config.run_dir)).heartbeat).read_bytes())
    assert shown["planned"] == status.planned
