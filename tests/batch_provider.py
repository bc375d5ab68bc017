"""A provider of a batch API on loopback, which answers as the scripted engine would.

It also answers chat completions, so the same requests can be made online. Faults are ordered by
setting attributes.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from fake_endpoint import scripted_answer

Line = dict[str, Any]

REFUSED = "response_format: this schema is not supported"


@dataclass
class Provider:
    """The state of the provider, and the faults it is told to have.

    `spoil(line, number)` returns the line of the output for the line of a request that is the
    `number`-th of all, or None for the usual one; {} leaves it out. `trouble(method, path)` returns
    a status to refuse a request with, 0 to drop its connection, None for no trouble. With `lose` a
    batch is created and then the connection dropped. Without `strict` no schema is taken that
    is said to be strict.
    """

    looks: int = 1  # questions until a batch has ended
    ends: str = "completed"
    unreadable: float = 0.0
    most_open: int = 99
    page: int = 20
    spoil: Callable[[Line, int], Line | None] = lambda _line, _number: None
    trouble: Callable[[str, str], int | None] = lambda _method, _path: None
    lose: bool = False
    strict: bool = True
    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def paid(self) -> list[str]:
        """The custom ids of all requests of all batches that were accepted."""
        accepted = (b for b in self.batches.values() if b["status"] != "failed")
        return [
            line["custom_id"]
            for batch in accepted
            for line in lines(self.files[batch["input_file_id"]])
        ]

    def add(self, content: bytes) -> str:
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return name

    def create(self, body: Line) -> Line:
        assert body["endpoint"] == "/v1/chat/completions"
        name = f"batch_{len(self.batches)}"
        batch = {"id": name, "status": "validating", "looks": 0, **body}
        self.batches[name] = batch
        still = sum(b["status"] in ("validating", "in_progress") for b in self.batches.values())
        if still > self.most_open:
            told = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}
            batch |= {"status": "failed", "errors": {"data": [told]}}
        return batch

    def look(self, name: str) -> Line:
        batch = self.batches[name]
        batch["looks"] += 1
        if batch["status"] == "validating":
            batch["status"] = "in_progress"
        if batch["status"] == "in_progress" and batch["looks"] >= self.looks:
            self.answer(batch)
        return batch

    def answer(self, batch: Line) -> None:
        good, bad = [], []
        for line in reversed(lines(self.files[batch["input_file_id"]])):  # in any order
            spoilt = self.spoil(line, self.asked)
            self.asked += 1
            out = self.one(line) if spoilt is None else spoilt
            if out:
                (good if out.get("response", {}).get("status_code") == 200 else bad).append(out)
        batch["status"] = self.ends
        for name, found in (("output_file_id", good), ("error_file_id", bad)):
            content = "".join(f"{json.dumps(each)}\n" for each in found).encode()
            batch[name] = self.add(content) if found else None
        batch["request_counts"] = {"completed": len(good), "failed": len(bad)}

    def refuses(self, body: Line) -> bool:
        return not self.strict and bool(body["response_format"]["json_schema"].get("strict"))

    def one(self, line: Line) -> Line:
        if self.refuses(line["body"]):
            return failing(line, 400, REFUSED)
        body = scripted_answer(line["body"], self.unreadable)
        response = {"status_code": 200, "request_id": "r", "body": body}
        return {"id": "x", "custom_id": line["custom_id"], "response": response, "error": None}


def lines(content: bytes) -> list[Line]:
    """The lines of a file, checked as the strictest reader would."""
    found = [json.loads(line) for line in content.split(b"\n") if line]
    assert len({line["custom_id"] for line in found}) == len(found)
    for line in found:
        assert line.keys() == {"custom_id", "method", "url", "body"}
        assert re.fullmatch(r"[\w.-]{1,64}", line["custom_id"])
        assert line["body"]["stream"] is False
    return found


def failing(line: Line, status: int, message: str) -> Line:
    """A line of an error file."""
    body = {"error": {"message": message}}
    response = {"status_code": status, "request_id": "r", "body": body}
    return {"id": "x", "custom_id": line["custom_id"], "response": response, "error": None}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: Provider

    def do_POST(self) -> None:
        given = self.rfile.read(int(self.headers["Content-Length"]))
        if self._troubled():
            return
        with self.provider.lock:
            if self.path == "/v1/files":
                boundary = self.headers["Content-Type"].split("boundary=")[1].encode()
                part = next(p for p in given.split(b"--" + boundary) if b'name="file"' in p)
                content = part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
                self._say(200, {"id": self.provider.add(content)})
            elif self.path == "/v1/batches":
                batch = self.provider.create(json.loads(given))
                if self.provider.lose:
                    self.provider.lose = False
                    self.close_connection = True
                else:
                    self._say(200, batch)
            else:
                body = json.loads(given)
                if self.provider.refuses(body):
                    self._say(400, {"error": {"message": REFUSED}})
                else:
                    self._say(200, scripted_answer(body, self.provider.unreadable))

    def do_GET(self) -> None:
        if self._troubled():
            return
        path = self.path.partition("?")[0].removeprefix("/v1/")
        with self.provider.lock:
            if path == "batches":
                newest = list(reversed(self.provider.batches.values()))
                after = parse_qs(self.path.partition("?")[2]).get("after")
                ids = [batch["id"] for batch in newest]
                start = ids.index(after[0]) + 1 if after else 0
                page = newest[start : start + self.provider.page]
                self._say(200, {"data": page, "has_more": start + len(page) < len(newest)})
            elif path.startswith("batches/"):
                self._say(200, self.provider.look(path.removeprefix("batches/")))
            else:
                self._send(200, self.provider.files[path.split("/")[1]])

    def _troubled(self) -> bool:
        path = self.path.partition("?")[0]
        self.provider.log[f"{self.command} {re.sub(r'[0-9]+', '#', path)}"] += 1
        trouble = self.provider.trouble(self.command, path)
        if trouble == 0:
            self.close_connection = True
        elif trouble is not None:
            self._say(trouble, {"error": {"message": "as ordered"}})
        return trouble is not None

    def _say(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode())

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the log of this provider is its counter."""


@contextmanager
def providing() -> Iterator[Provider]:
    """A provider that listens on loopback for the block."""
    provider = Provider()
    handler = type("Bound", (Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield provider
    server.shutdown()
    server.server_close()
