import pytest

from toolace_mt.config import ToolsConfig, validate_config
from toolace_mt.dataset.card import _without_folders
from toolace_mt.errors import ConfigError


def test_one_source_or_several():
    assert ToolsConfig().sources == ("starter",)
    several = ToolsConfig(source=("starter", "mcp:uvx mcp-server-git"))
    assert several.sources == ("starter", "mcp:uvx mcp-server-git")
    assert several.model_dump(mode="json")["source"] == ["starter", "mcp:uvx mcp-server-git"]
    assert ToolsConfig().model_dump(mode="json")["source"] == "starter"  # as plans on disk say


@pytest.mark.parametrize(
    "url", ["mcp:https://me:word@example.com/mcp", "mcp:https://example.com/mcp?token=1"]
)
def test_secrets_do_not_stand_in_settings(url):
    plain = {"run_dir": "x", "engine": {"kind": "scripted"}, "tools": {"source": url}}
    with pytest.raises(ConfigError, match="a URL with a secret in it"):
        validate_config(plain, "test")


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("/home/me/tools.jsonl", "tools.jsonl"),
        ("mine/tools.jsonl", "mine/tools.jsonl"),
        (["starter", "mcp:/opt/bin/server --root /home/me"], ["starter", "mcp:server --root me"]),
        ("mcp:https://example.com/mcp", "mcp:https://example.com/mcp"),
        (None, None),
    ],
)
def test_a_card_names_no_folder_of_this_machine(named, shown):
    assert _without_folders(named) == shown
