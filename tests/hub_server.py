"""A Hugging Face Hub on loopback: as much of its protocol as a push and a load take."""

import base64
import hashlib
import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Repo:
    private: bool
    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[dict[str, list[str]]] = field(default_factory=list)


@dataclass
class Hub:
    """What the server has and saw. `faults` are (method, part of the path, status, headers).

    Each fault is for one request. Uploads beyond `uploads_let_through` are not answered until
    `go_on` is set.
    """

    url: str = ""
    token: str = "hf_a_secret_for_tests"
    repos: dict[str, Repo] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    faults: list[tuple[str, str, int, dict[str, str]]] = field(default_factory=list)
    uploads_let_through: int = 10**9
    waiting: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)


@contextmanager
def hub_server() -> Iterator[Hub]:
    hub = Hub()

    class Handler(_Handler):
        state = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    state: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer("GET")

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        hub = self.state
        self._body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        hub.requests.append(f"{method} {path}")
        for fault in hub.faults:
            if fault[0] == method and fault[1] in path:
                hub.faults.remove(fault)
                self._send({"error": f"told {self.headers.get('Authorization')}"}, *fault[2:])
                return
        if path.startswith("/upload/"):
            self._upload(path.removeprefix("/upload/"))
        elif self.headers.get("Authorization") != f"Bearer {hub.token}":
            self._send({"error": "Invalid credentials"}, 401)
        elif path == "/api/repos/create":
            self._create(json.loads(self._body))
        elif path == "/api/validate-yaml":
            self._send({"errors": [], "warnings": []})
        elif path == "/api/whoami-v2":
            self._send({"name": "me", "type": "user"})
        else:
            self._of_repo(method, path)

    def _create(self, asked: dict[str, Any]) -> None:
        name = f"{asked.get('organization') or 'me'}/{asked['name']}"
        address = {"url": f"{self.state.url}/datasets/{name}", "name": name}
        if name in self.state.repos:
            self._send(address, 409)
            return
        self.state.repos[name] = Repo(asked.get("visibility", "private") == "private")
        self._send(address)

    def _of_repo(self, method: str, path: str) -> None:
        plain = path.removeprefix("/api").removeprefix("/datasets/")
        name = "/".join(plain.split("/")[:2]).removesuffix(".git")
        rest = plain[len(name) :].removeprefix(".git")
        repo = self.state.repos.get(name)
        if repo is None:
            self._send({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
        elif rest.startswith("/resolve/"):
            self._resolve(method, repo, rest.split("/", 3)[3])
        elif rest.startswith("/tree/"):
            self._tree(repo, rest.partition("/main")[2].strip("/"))
        elif rest.startswith("/preupload/"):
            asked = json.loads(self._body)["files"]
            modes = {True: "lfs", False: "regular"}
            self._send(
                {
                    "files": [
                        {
                            "path": file["path"],
                            "uploadMode": modes[file["path"].endswith(".parquet")],
                            "shouldIgnore": False,
                            "oid": None,
                        }
                        for file in asked
                    ]
                }
            )
        elif rest == "/info/lfs/objects/batch":
            self._batch()
        elif rest.startswith("/commit/"):
            self._commit(name, repo)
        elif rest.startswith("/paths-info/"):
            asked = urllib.parse.parse_qs(self._body.decode())
            listed = [path for path in asked.get("paths", []) if path in repo.files]
            self._send([self._entry(repo, path) for path in listed])
        else:
            self._info(name, repo)

    def _info(self, name: str, repo: Repo) -> None:
        siblings = [{"rfilename": file} for file in sorted(repo.files)]
        self._send(
            {
                "id": name,
                "private": repo.private,
                "sha": self._sha(repo),
                "siblings": siblings,
                "tags": [],
                "downloads": 0,
                "likes": 0,
            }
        )

    @staticmethod
    def _sha(repo: Repo) -> str:
        return f"{len(repo.commits):040d}"

    def _entry(self, repo: Repo, path: str) -> dict[str, Any]:
        data = repo.files[path]
        oid = hashlib.sha1(data).hexdigest()
        return {"type": "file", "path": path, "size": len(data), "oid": oid}

    def _tree(self, repo: Repo, under: str) -> None:
        found = [path for path in sorted(repo.files) if path.startswith(under)]
        folders = {path.rpartition("/")[0] for path in found} - {"", under}
        listed = [
            {"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders
        ]
        self._send(listed + [self._entry(repo, path) for path in found])

    def _batch(self) -> None:
        objects = []
        for asked in json.loads(self._body)["objects"]:
            told = {"oid": asked["oid"], "size": asked["size"]}
            if asked["oid"] not in self.state.objects:
                told["actions"] = {"upload": {"href": f"{self.state.url}/upload/{asked['oid']}"}}
            objects.append(told)
        self._send({"transfer": "basic", "objects": objects})

    def _upload(self, oid: str) -> None:
        hub = self.state
        if len(hub.uploads) >= hub.uploads_let_through:
            hub.waiting.set()
            hub.go_on.wait()
            self.close_connection = True
            return
        assert hashlib.sha256(self._body).hexdigest() == oid
        hub.uploads.append(oid)
        hub.objects[oid] = self._body
        self._send({})

    def _commit(self, name: str, repo: Repo) -> None:
        done: dict[str, list[str]] = {}
        for line in map(json.loads, self._body.splitlines()):
            key, value = line["key"], line["value"]
            if key == "file":
                repo.files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                repo.files[value["path"]] = self.state.objects[value["oid"]]
            elif key == "deletedFile":
                del repo.files[value["path"]]
            done.setdefault(key, []).append(value.get("path", ""))
        repo.commits.append(done)
        sha = self._sha(repo)
        url = f"{self.state.url}/datasets/{name}/commit/{sha}"
        self._send({"commitUrl": url, "commitOid": sha})

    def _resolve(self, method: str, repo: Repo, path: str) -> None:
        if path not in repo.files:
            self._send({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
            return
        data = repo.files[path]
        wanted = self.headers.get("Range")
        status, headers = 200, {"X-Repo-Commit": self._sha(repo), "ETag": f'"{hash(data)}"'}
        whole = len(data)
        if wanted and method == "GET":
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            end = min(int(last) + 1 if last else whole, whole)
            headers["Content-Range"] = f"bytes {first}-{end - 1}/{whole}"
            status, data = 206, data[int(first) : end]
        self._send(data, status, headers)

    def _send(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
