import json
from pathlib import Path

import pytest

from benchmarks.public.dialogues import SOURCES
from benchmarks.public.report import JUDGED, measure, report
from toolace_mt.reading.dialogue import Dialogue, read_dialogue
from toolace_mt.trajectory import Trajectory

TOOL = {"name": "add", "description": "Adds.", "parameters": {"a": {"type": "int"}}}
CLASS = """
class AddAlarm:
    description = "Adds an alarm."
    {parameters} = {{"time": {{"type": "str", "description": "When.", "required": True}}}}
    requires_auth = True

    def call(self):
        raise RuntimeError("never run")
"""


def written(clone: Path, files: dict[str, object]) -> Path:
    for name, content in files.items():
        path = clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return clone


def dialogues(source: str, clone: Path) -> list[Trajectory]:
    read = [read_dialogue(row) for row in SOURCES[source].read(clone)]
    assert all(isinstance(dialogue, Dialogue) for dialogue in read)
    return [dialogue.trajectory for dialogue in read if isinstance(dialogue, Dialogue)]


def test_tool_talk_gets_its_calls_before_the_reply_and_its_token_declared(tmp_path):
    request = {"api_name": "AddAlarm", "parameters": {"session_token": "t-1", "time": "07:00"}}
    api = {"request": request, "response": {"alarm_id": "a-1"}, "exception": None}
    turns = [
        {"role": "user", "text": "Wake me at 7:00."},
        {"role": "assistant", "text": "Done.", "apis": [api]},
        {"role": "user", "text": "Thanks!"},
    ]
    clone = written(
        tmp_path,
        {
            "src/tooltalk/apis/alarm.py": CLASS.format(parameters="parameters"),
            "data/easy/one.json": {"metadata": {"location": "Rome"}, "conversation": turns},
        },
    )
    (made,) = dialogues("tool_talk", clone)
    assert [turn.role for turn in made.turns] == ["user", "assistant", "tool", "assistant"]
    assert measure("tool_talk", [made], schema_only=True).schema_right == 0


def test_api_bank_joins_a_text_with_the_call_after_it(tmp_path):
    said = {"role": "AI", "text": "One moment."}
    result = {"output": "success", "exception": None}
    call = {"role": "API", "api_name": "AddAlarm", "param_dict": {"time": "7"}, "result": result}
    lines = [{"role": "User", "text": "Wake me at 7."}, said, call, {"role": "AI", "text": "Done."}]
    clone = written(
        tmp_path,
        {
            "api-bank/apis/alarm.py": CLASS.format(parameters="input_parameters"),
            "api-bank/lv1-lv2-samples/level-1-given-desc/AddAlarm-1.jsonl": "\n".join(
                map(json.dumps, lines)
            ),
        },
    )
    (made,) = dialogues("api_bank", clone)
    assert [turn.content for turn in made.turns[1:]] == ["One moment.", "", "Done."]
    assert made.turns[2].outputs[0].content == "success"


def test_tool_ace_gets_its_tools_out_of_the_prompt_and_whole_names(tmp_path):
    tools = json.dumps([{**TOOL, "name": "Big Add"}])
    prompt = f"Here is a list of functions in JSON format that you can invoke:\n{tools}. Go."
    turns = [
        {"from": "human", "value": "Add 1."},
        {"from": "function_call", "value": '{"name": "Add", "arguments": {"a": 1}}'},
        {"from": "observation", "value": '[{"name": "Big Add", "results": 2}]'},
        {"from": "gpt", "value": "That makes 2."},
    ]
    clone = written(
        tmp_path, {"sharegpt_func_fixed.json": [{"system": prompt, "conversations": turns}]}
    )
    (made,) = dialogues("tool_ace", clone)
    assert [call.name for _, call, _ in made.calls()] == ["Big Add"]
    assert [tool.name for tool in made.tools] == ["Big Add"]


@pytest.mark.parametrize(("given", "right"), [([1, ""], {"a": 1}), ([""], {})])
def test_the_first_accepted_value_is_taken_and_absent_ones_left_out(tmp_path, given, right):
    data = "berkeley-function-call-leaderboard/bfcl_eval/data"
    task = {"id": "x", "question": [[{"role": "user", "content": "?"}]], "function": [TOOL]}
    answer = {"id": "x", "ground_truth": [{"add": {"a": given}}]}
    kinds = ("simple_python", "multiple", "parallel", "parallel_multiple")
    files: dict[str, object] = {}
    for kind in (*kinds, *(f"live_{kind.removesuffix('_python')}" for kind in kinds)):
        files[f"{data}/BFCL_v4_{kind}.json"] = json.dumps(task)
        files[f"{data}/possible_answer/BFCL_v4_{kind}.json"] = json.dumps(answer)
    made = dialogues("bfcl_single_turn", written(tmp_path, files))
    assert [call.arguments for _, call, _ in made[0].calls()] == [right]


def test_what_nobody_has_judged_is_a_false_alarm(tmp_path):
    call = {"id": "c", "function": {"name": "add", "arguments": {"a": "one"}}}
    messages = [
        {"role": "user", "content": "Add one to something."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "2"},
        {"role": "assistant", "content": "That makes 2."},
    ]
    read = read_dialogue({"messages": messages, "tools": [TOOL]})
    assert isinstance(read, Dialogue)
    known = measure("glaive", [read.trajectory], schema_only=False)
    assert (known.calls, known.schema_right, known.schema_false) == (1, 1, 0)
    with pytest.MonkeyPatch.context() as patch:
        empty = tmp_path / "judged.json"
        empty.write_text("[]")
        patch.setattr("benchmarks.public.report.JUDGED", empty)
        unknown = measure("glaive", [read.trajectory], schema_only=False)
    assert (unknown.schema_right, unknown.schema_false, unknown.false) == (0, 1, 1)
    row = json.dumps({"messages": messages, "tools": [TOOL]})
    (tmp_path / "glaive.jsonl").write_text(row + "\n")
    page = report(tmp_path, 1, 5)
    assert "| glaive | 1 | 1 | 1 | – | – |" in page
    assert JUDGED.exists()
