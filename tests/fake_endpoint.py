"""An HTTP server on loopback that answers as it is told to, and engines in front of it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from toolace_mt.calls.request import Request
from toolace_mt.config import OpenAIConfig, ScriptedConfig
from toolace_mt.engine.openai.engine import OpenAIEngine
from toolace_mt.engine.scripted import ScriptedEngine

KEY = "sk-secret-0123456789"


def answer(text: str = "fine", finish: str = "stop", **usage: Any) -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"choices": [choice], "usage": usage}).encode()


def scripted_answer(body: dict[str, Any], unreadable: float = 0.0) -> dict[str, Any]:
    """What the scripted engine says to the body of a request, as a chat completion."""
    if "response_format" not in body:  # asked whether anybody is there
        return {"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]}
    form = body["response_format"]["json_schema"]
    system, user = (message["content"] for message in body["messages"])
    request = Request(
        *(str(body["seed"]), "", form["name"], 0, "", system, user, form["schema"]),
        max_tokens=body["max_tokens"],
    )
    engine = ScriptedEngine(ScriptedConfig(kind="scripted", unreadable=unreadable))
    done = asyncio.run(engine.generate(request))
    usage = {
        "prompt_tokens": done.prompt_tokens,
        "completion_tokens": done.output_tokens,
        "prompt_tokens_details": {"cached_tokens": done.cached_tokens},
    }
    choice = {"message": {"content": done.text}, "finish_reason": done.finish}
    return {"choices": [choice], "usage": usage}


def problem(message: str, **more: Any) -> bytes:
    return json.dumps({"error": {"message": message, "type": "x", **more}}).encode()


@dataclass
class Reply:
    status: int = 200
    body: bytes = field(default_factory=answer)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    announced: int | None = None  # Content-Length, when it lies
    hang_up: bool = False


@dataclass
class Server:
    """Answers with `replies` in order (the last one for ever); keeps what it was sent."""

    replies: list[Reply]
    port: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client closed its connection: how a conversation ends
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(lines["content-length"]))
        self.heads.append(head)
        self.bodies.append(json.loads(body))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(reply.delay)
        self.at_once -= 1
        if reply.hang_up:
            return False
        length = len(reply.body) if reply.announced is None else reply.announced
        headers = {"Content-Length": str(length), **reply.headers}
        text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{text}\r\n".encode() + reply.body)
        await writer.drain()
        return length == len(reply.body)


@dataclass
class Endpoint:
    """Makes a server and an engine in front of it; `waits` are the sleeps that were asked for."""

    servers: list[Server] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    open: list[Callable[[], Any]] = field(default_factory=list)

    async def server(self, *replies: Reply) -> Server:
        server = Server(list(replies))
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        self.open.append(listening.close)
        return server

    def engine(self, url: str, **settings: Any) -> OpenAIEngine:
        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)
            await asyncio.sleep(0)

        settings = {"model": "m", "urls": (url,), "concurrency": 8, "timeout": 5.0, **settings}
        config = OpenAIConfig(kind="openai", **settings)
        engine = OpenAIEngine(config, url, sleep=sleep, clock=lambda: 1_800_000_000.0)
        self.engines.append(engine)
        return engine

    engines: list[OpenAIEngine] = field(default_factory=list)

    async def __call__(self, *replies: Reply, **settings: Any) -> tuple[Server, OpenAIEngine]:
        server = await self.server(*replies)
        return server, self.engine(server.url, **settings)
