import json

import pytest

from toolace_mt.__main__ import main
from toolace_mt.errors import InputError
from toolace_mt.tools.pool import load_pool
from toolace_mt.tools.sources import SOURCES, read_source
from toolace_mt.tools.sources.base import Given, ToolSource


def toys(place):
    """A source of its own: as many tools as the place says."""
    for number in range(int(place)):
        yield Given(f"toy:{number}", {"name": f"toy_{number}", "description": "A toy."})


def test_a_source_is_a_function_and_an_entry(monkeypatch, capsys):
    source: ToolSource = toys
    monkeypatch.setitem(SOURCES, "toy", source)
    assert [tool.name for tool in load_pool("toy:2").tools] == ["toy_0", "toy_1"]
    assert len(load_pool(["starter", "toy:3"]).tools) == 98 + 3
    assert main(["tools", "list", "toy:2"]) == 0
    assert "toy_1" in capsys.readouterr().out


def test_the_starter_pool_by_domain():
    assert {tool.domain for tool in load_pool("starter:weather").tools} == {"weather"}


@pytest.mark.parametrize(
    ("source", "said"),
    [("nonesuch:x", "no kind of source is called 'nonesuch'"), ("mcp:", "behind the colon")],
)
def test_what_is_no_source_is_told(source, said):
    with pytest.raises(InputError, match=said):
        list(read_source(source))


def test_a_file_may_have_a_colon_in_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a:b").write_text(json.dumps({"name": "x"}))
    assert [tool.name for tool in load_pool("a:b").tools] == ["x"]
