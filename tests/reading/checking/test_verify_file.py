import gc
import json
import subprocess
import sys
import weakref

import pytest
from export_examples import dialogue
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from toolace_mt.config import VerificationConfig
from toolace_mt.dataset.messages import to_row
from toolace_mt.errors import ConfigError, InputError
from toolace_mt.reading.checking.verify import check_row, report, verify_file
from toolace_mt.reading.files import Row
from toolace_mt.verification.provenance.passage import Passage

TOOL = {
    "name": "get_weather",
    "description": "Weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def row(name, arguments) -> dict:
    call = {
        "id": "c",
        "type": "function",
        "function": {"name": "get_weather", "arguments": arguments},
    }
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How is the weather in Rome?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": '{"sky": "clear"}'},
        {"role": "assistant", "content": "The sky over Rome is clear."},
    ]
    return {"id": name, "messages": messages, "tools": [TOOL]}


@pytest.fixture
def file(tmp_path):
    lines = [row("good", {"city": "Rome"}), row("bad", {"town": "Rome"}), row("x", '{"city": ')]
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n{not json\n")
    return path


def test_counts_and_findings_name_line_id_and_message(file, tmp_path):
    seen = []
    summary = verify_file(file, tmp_path / "out.jsonl", VerificationConfig(), seen.append)
    assert (summary.dialogues, summary.accepted, summary.rejected) == (4, 1, 3)
    assert summary.unreadable == 2
    assert summary.dialogues_with["schema", "error"] == 1
    assert summary.dialogues_with["unreadable", "error"] == 2
    results = [json.loads(line) for line in (tmp_path / "out.jsonl").open()]
    assert [(r["line"], r["id"], r["outcome"]) for r in results] == [
        (2, "bad", "rejected"),
        (3, "x", "rejected"),
        (4, "4", "rejected"),
    ]
    schema = next(f for f in results[0]["findings"] if f["check"] == "schema")
    assert (schema["turn"], schema["message_index"], schema["tool"]) == (1, 2, "get_weather")
    assert results[1]["findings"][0]["message_index"] == 2
    assert "tool_calls[0].arguments: are not valid JSON" in results[1]["findings"][0]["message"]
    assert results[2]["findings"][0]["message"].startswith("not valid JSON")


def test_rules_can_be_turned_off_by_name(file):
    config = VerificationConfig(off=("schema", "argument_origin"))
    summary = verify_file(file, None, config)
    assert ("schema", "error") not in summary.found
    with pytest.raises(ConfigError, match="no rule 'shema'; did you mean schema"):
        verify_file(file, None, VerificationConfig(off=("shema",)))


def test_findings_never_overwrite_the_dialogues(file, tmp_path):
    before = file.read_bytes()
    with pytest.raises(InputError, match="overwrite"):
        verify_file(file, file, VerificationConfig())
    with pytest.raises(InputError, match="cannot be written"):
        verify_file(file, tmp_path / "no" / "out.jsonl", VerificationConfig())
    with pytest.raises(InputError, match=r"none\.jsonl: cannot be read"):
        verify_file(tmp_path / "none.jsonl", None, VerificationConfig())
    assert file.read_bytes() == before


def test_the_report_is_readable_when_piped(file):
    console = Console(record=True, width=100, no_color=True)
    console.print(report(verify_file(file, None, VerificationConfig())))
    text = console.export_text()
    assert "4 dialogues: 1 accepted, 3 rejected (2 of them unreadable)" in text
    assert "unreadable   error" in text


def test_the_report_has_an_example_of_what_is_most_frequent(tmp_path):
    path = tmp_path / "in.jsonl"
    rows = [row("x", {"town": f"Rome{n}"}) for n in range(3)]
    asked = row("y", {"city": "Rome"})
    asked["messages"][1]["content"] = [{"type": "image", "data": "\x1b[31m"}, "Weather in Rome?"]
    rows += [asked, row("z", '{"city": '), row("z", "[1"), {**asked, "tools": None}]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n{not json\n{not json, too\n")
    console = Console(record=True, width=200, no_color=True)
    console.print(report(verify_file(path, None, VerificationConfig())))
    text = console.export_text()
    assert "of 9 rows, errors cost 7 (77.8%); errors and warnings cost 8 (88.9%)" in text
    assert "schema (error, 6): line 1, message 2: turn 1, get_weather, calls[0].arguments.t" in text
    assert (
        "unknown_tool (warning, 1): line 7: the row defines no tools, so that none of its" in text
    )
    assert "2 rows, such as line 5, message 2: tool_calls[0].arguments: are not valid JSON" in text
    assert "2 rows, such as line 8: not valid JSON: key must be a string at column 2" in text
    assert "2 rows, such as line 4: a part of type 'image'" in text


def test_a_row_without_tools_says_so_once():
    given = row("x", {"city": "Rome"}) | {"tools": None}
    given["messages"][2]["tool_calls"] *= 2
    given["messages"][2]["tool_calls"][1] = given["messages"][2]["tool_calls"][0] | {"id": "d"}
    found = check_row(Row(1, given), VerificationConfig())["findings"]
    told = "the row defines no tools, so that none of its 2 calls can be checked"
    about = [(f["severity"], f["message"]) for f in found if f["check"] == "unknown_tool"]
    assert about == [("warning", told)]
    talk = {"messages": [given["messages"][1], {"role": "assistant", "content": "It is sunny."}]}
    result = check_row(Row(1, talk), VerificationConfig())
    assert result["outcome"] == "accepted"
    assert result["set_aside"] == [{"what": "the row defines no tools", "message_index": -1}]


def test_message_indexes_are_those_of_the_row():
    given = to_row(dialogue())
    result = check_row(Row(1, given), VerificationConfig())
    found = [f for f in result["findings"] if f["path"] == "calls[1].arguments.origin"]
    assert [(f["turn"], f["message_index"]) for f in found] == [(3, 4)]  # the system comes first
    assert given["messages"][4]["tool_calls"][1]["function"]["arguments"]["origin"] == "Köln"


def test_no_engine_and_no_ray_are_loaded(file):
    code = (
        "import sys; from pathlib import Path; from toolace_mt.config import VerificationConfig;"
        "from toolace_mt.reading.checking.verify import verify_file;"
        f"print(verify_file(Path({str(file)!r}), None, VerificationConfig()).dialogues);"
        "print([m for m in ('ray', 'vllm', 'torch', 'datasets') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["4", "[]"]


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
schemas = st.recursive(
    st.fixed_dictionaries({"type": st.sampled_from(["string", "int", "object", 7, None])}) | values,
    lambda inner: st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from("abc"), inner)}
    ),
    max_leaves=5,
)
calls = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["f", "g"]),
        "arguments": st.dictionaries(st.sampled_from("abc"), values),
    }
)
messages = st.one_of(
    st.fixed_dictionaries({"role": st.just("user"), "content": st.text()}),
    st.fixed_dictionaries(
        {
            "role": st.just("assistant"),
            "content": st.text(),
            "tool_calls": st.lists(calls, max_size=3),
        }
    ),
    st.fixed_dictionaries({"role": st.just("tool"), "content": values}),
)
tools = st.fixed_dictionaries({"name": st.sampled_from(["f", "g"]), "parameters": schemas})


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(messages, max_size=7), st.lists(tools, max_size=3))
def test_no_dialogue_crashes_a_rule(said, offered):
    result = check_row(Row(1, {"messages": said, "tools": offered}), VerificationConfig())
    assert result["outcome"] in ("accepted", "rejected")
    json.dumps(result)


def test_no_dialogue_is_kept_once_it_was_checked(tmp_path):
    path = tmp_path / "dialogues.jsonl"
    turns = [{"role": "user", "content": "Hi!"}, {"role": "assistant", "content": "Hello there."}]
    path.write_text(json.dumps({"messages": turns}) + "\n")
    kept = []
    real = Passage.__init__

    def watched(self, *given):
        real(self, *given)
        kept.append(weakref.ref(self))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Passage, "__init__", watched)
        verify_file(path, None, VerificationConfig())
    gc.collect()
    assert len(kept) == 2
    assert [passage() for passage in kept] == [None, None]
