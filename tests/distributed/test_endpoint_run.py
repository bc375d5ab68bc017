"""A whole run over an endpoint that fails in every way it can, on loopback."""

import io
import json
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import ray
from fake_endpoint import scripted_answer
from rich.console import Console

from toolace_mt.config import RunConfig
from toolace_mt.distributed.driver import run
from toolace_mt.errors import EngineError
from toolace_mt.run.policy import FaultPolicy

pytestmark = pytest.mark.slow

DIALOGUES = 6


class Handler(BaseHTTPRequestHandler):
    """Answers as the scripted engine would; a fifth of the time it misbehaves."""

    protocol_version = "HTTP/1.1"
    log: Counter[str]
    fate: random.Random
    down: threading.Event

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fate = self.fate.choices(["fine", "429", "500", "half", "nothing"], [16, 1, 1, 1, 1])[0]
        fate = "401" if self.down.is_set() or self.server.refuses() else fate  # type: ignore[attr-defined]
        self.log[fate] += 1
        whole = json.dumps(scripted_answer(body)).encode()
        status = int(fate) if fate.isdigit() else 200
        sent = {"fine": whole, "half": whole[: len(whole) // 2]}.get(fate, b"")
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the log of this server is its counter."""


class Server(ThreadingHTTPServer):
    """Refuses the key for those of its requests that `refused` names, counted from 1."""

    refused: range = range(0)
    requests: int = 0

    def refuses(self) -> bool:
        """Count a request, and say whether it is refused."""
        self.requests += 1
        return self.requests in self.refused

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def serving() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    Handler.log, Handler.fate, Handler.down = Counter(), random.Random(1), threading.Event()
    with serving() as server:
        yield server


@pytest.fixture
def other() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> RunConfig:
    return with_urls(tmp_path, server.url, server.url)


def with_urls(tmp_path: Path, *urls: str) -> RunConfig:
    return RunConfig.model_validate(
        {
            "run_dir": str(tmp_path / "run"),
            "dialogues": DIALOGUES,
            "shard_size": 3,
            "initialization": {"grounding": "constrained", "values": "seeded"},
            "refinement": {"passes": 1, "injections": (0, 1)},
            "engine": {"kind": "openai", "model": "m", "urls": urls, "concurrency": 4},
        }
    )


def test_every_dialogue_has_an_outcome_and_a_run_cut_off_continues(settings: RunConfig) -> None:
    had_ray = ray.is_initialized()
    Handler.down.set()
    with pytest.raises(EngineError, match=r"HTTP 401.*OPENAI_API_KEY"):
        run(settings)
    assert Handler.log.keys() == {"401"}
    Handler.down.clear()
    status = run(settings)
    assert status.outcomes.total() == status.planned == DIALOGUES
    assert status.outcomes["failed"] == 0
    assert Handler.log["fine"] > 10 * DIALOGUES
    assert all(Handler.log[fate] for fate in ("429", "500", "half", "nothing"))
    assert ray.is_initialized() == had_ray
    asked = Handler.log.total()
    assert run(settings).stages == status.stages
    assert Handler.log.total() == asked


@pytest.mark.parametrize(
    ("refused", "comes_back"), [(range(20, 22), True), (range(20, 999), False)]
)
def test_an_endpoint_that_dies_leaves_the_others_of_its_process_alone(
    server: Server, other: Server, tmp_path: Path, refused: range, comes_back: bool
) -> None:
    other.refused = refused
    said = io.StringIO()
    quick = FaultPolicy(backoff_first=0.05, backoff_most=0.1)
    console = Console(file=said, width=300)
    status = run(with_urls(tmp_path, server.url, other.url), policy=quick, console=console)
    assert status.outcomes.total() - status.outcomes["failed"] == DIALOGUES
    lines = [line for line in said.getvalue().splitlines() if line.startswith("engine ")]
    assert re.match(r"engine 1 died: .*HTTP 401", lines[0])
    if comes_back:
        assert "; started again" in lines[0]
        assert re.fullmatch(r"engine 1 is up again after \d+ s", lines[1])
        assert other.requests > 40
    else:
        assert re.search("could not be started again: |; no other is started$", lines[-1])
        assert other.requests < 60


def test_a_url_at_which_nobody_answers_is_told_and_left_out(server: Server, tmp_path: Path) -> None:
    said = io.StringIO()
    dead = "http://127.0.0.1:9/v1"
    status = run(with_urls(tmp_path, dead, server.url), console=Console(file=said, width=300))
    assert status.outcomes.total() - status.outcomes["failed"] == DIALOGUES
    assert f"engine.urls: left out: {dead}: ConnectError" in said.getvalue()
    assert "starting 1 x m" in said.getvalue()
