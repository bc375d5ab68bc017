import json
import sys
from pathlib import Path

import pytest

from toolace_mt.errors import InputError
from toolace_mt.tools.gather import gather
from toolace_mt.tools.sources import mcp
from toolace_mt.tools.sources.mcp import servers

SERVER = str(Path(__file__).parents[2] / "mcp_server.py")
pytest.importorskip("mcp")


def test_a_command_is_started_and_asked(tmp_path):
    found = gather([f"mcp:{sys.executable} {SERVER}"])
    assert found.problems == []
    add, reverse = found.tools
    assert (add.name, add.description, add.server) == ("add", "Add two numbers.", "mcp_server")
    assert add.parameters["required"] == ["a"]
    assert add.parameters["properties"]["b"]["default"] == 2
    assert add.returns["properties"]["result"]["type"] == "integer"
    assert (reverse.name, reverse.original) == ("text_reverse", "text.reverse")
    assert add.source == "mcp:mcp_server"


def test_a_file_of_servers_as_other_clients_have_it(tmp_path):
    entry = {"command": sys.executable, "args": [SERVER], "license": "MIT"}
    path = tmp_path / "servers.json"
    path.write_text(json.dumps({"mcpServers": {"one": entry, "two": {**entry, "env": {"A": "b"}}}}))
    found = gather([f"mcp:{path}"])
    assert [(tool.name, tool.server, tool.license) for tool in found.tools] == [
        *(("add", "one", "MIT"), ("text_reverse", "one", "MIT")),
    ]
    assert found.merged == 2  # the second server's are the same


def test_places_name_servers(monkeypatch):
    (url,) = servers("https://user:word@example.com/mcp")
    assert (url.name, url.url) == ("example.com", "https://user:word@example.com/mcp")
    (command,) = servers("uvx mcp-server-git --repository '/a b'")
    assert (command.name, command.command[-1]) == ("mcp-server-git", "/a b")
    assert servers("npx -y @scope/server-memory")[0].name == "server-memory"


def test_secrets_come_from_the_environment_and_are_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "s3cret")
    path = tmp_path / "servers.json"
    entry = {"url": "http://127.0.0.1:9/mcp", "headers": {"Authorization": "Bearer ${MY_TOKEN}"}}
    path.write_text(json.dumps({"mcpServers": {"away": entry}}))
    (server,) = servers(str(path))
    assert server.headers == {"Authorization": "Bearer s3cret"}
    assert "s3cret" not in repr(server)
    with pytest.raises(InputError, match="mcp:away: did not tell its tools") as raised:
        gather([f"mcp:{path}"])
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("{}", "expected an object `mcpServers`"),
        ('{"mcpServers": {"a": 5}}', "mcpServers.a: expected an object, got int"),
        ('{"mcpServers": {"a": {"args": []}}}', "mcpServers.a: expected `command`"),
        ('{"mcpServers": {"a": {"command": "x", "env": []}}}', None),
        ('{"mcpServers": {"a": {"command": "x", "env": [5]}}}', "mcpServers.a.env: expected"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path, content, said):
    path = tmp_path / "servers.json"
    path.write_text(content)
    if said is None:
        assert servers(str(path))[0].env == {}
        return
    with pytest.raises(InputError, match=said):
        servers(str(path))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise SystemExit(3)", "did not tell its tools"),
        ("import time; time.sleep(60)", "no answer to tools/list in"),
        ("print('hello', flush=True); input(); print('garbage', flush=True)", "."),
    ],
)
def test_servers_that_die_hang_or_talk_are_given_up(tmp_path, monkeypatch, script, said):
    monkeypatch.setattr(mcp, "SECONDS", 2.0)
    path = tmp_path / "server.py"
    path.write_text(script)
    with pytest.raises(InputError, match=said) as raised:
        gather([f"mcp:{sys.executable} {path}"])
    assert "\n" not in raised.value.message


def test_a_missing_program_is_named():
    with pytest.raises(InputError, match="no such program or directory: nonesuch"):
        gather(["mcp:nonesuch --stdio"])
