"""A good dialogue is the same dialogue, with the same verdict, however it is written down."""

import copy
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from toolace_mt.config import VerificationConfig
from toolace_mt.reading.checking.verdicts import check_row
from toolace_mt.reading.dialogue import Dialogue, read_dialogue
from toolace_mt.reading.files import read_rows
from toolace_mt.reading.row import Row
from toolace_mt.trajectory import Trajectory

CITIES = ("Oslo", "Lima", "Rome", "Kyiv")
GUEST = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "note": {"type": "string"}},
    "required": ["name"],
}
TOOLS = [
    {
        "name": "get_weather",
        "description": "Weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string"}},
            "required": ["city"],
        },
    },
    {
        "name": "book",
        "description": "Books for guests.",
        "parameters": {
            "type": "object",
            "properties": {"guest": GUEST, "others": {"type": "array", "items": GUEST}},
            "required": ["guest"],
        },
    },
]
NAMES = [*CITIES, "others", "guest", "note", "unit", "extra"]


@st.composite
def rows(draw):
    """Rows whose every part can be told from the others: cities differ, ids are texts."""
    messages = []
    cities = draw(st.permutations(CITIES))[: draw(st.integers(1, 4))]
    asked = f"How is the weather in {' and '.join(cities)}?"
    calls = [
        {"id": f"w{i}", "name": "get_weather", "arguments": {"city": city}}
        for i, city in enumerate(cities)
    ]
    if draw(st.booleans()):
        asked += " Then book for Eva and Adam."
        guest = {"guest": {"name": "Eva"}, "others": [{"name": "Adam"}]}
        calls.append({"id": "b", "name": "book", "arguments": guest})
    messages.append({"role": "user", "content": asked})
    messages.append({"role": "assistant", "content": "", "tool_calls": calls})
    for i, call in enumerate(calls):
        content = json.dumps({"done": True, "place": i})
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
    messages.append({"role": "assistant", "content": "All of that is done."})
    return {"id": "x", "messages": messages, "tools": copy.deepcopy(TOOLS)}


def padded(value, draw, names):
    """The value as Arrow's structs hold it: with nulls for names that it does not have."""
    if isinstance(value, list):
        return [padded(item, draw, names) for item in value]
    if not isinstance(value, dict):
        return value
    full = {key: padded(inner, draw, names) for key, inner in value.items()}
    for name in draw(st.lists(st.sampled_from(names), max_size=3)):
        full.setdefault(name, None)
    return full


def read(row) -> Trajectory:
    result = read_dialogue(json.loads(json.dumps(row)), "x")
    assert isinstance(result, Dialogue), result
    return result.trajectory


def same(row, other):
    assert read(other) == read(row)
    config = VerificationConfig()
    first, second = check_row(Row(1, row), config), check_row(Row(1, other), config)
    assert first["outcome"] == second["outcome"] == "accepted"
    assert [f["check"] for f in first["findings"]] == [f["check"] for f in second["findings"]]


checked = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEYWORDS = ["enum", "items", "description", "anyOf", "required", "format", "minimum", "properties"]


@checked
@given(rows(), st.data())
def test_padding_is_absence(row, data):
    other = copy.deepcopy(row)
    for message in other["messages"]:
        for key in ("tool_calls", "tool_call_id", "name", "function_call", "reasoning_content"):
            message.setdefault(key, None)
        for call in message["tool_calls"] or ():
            call["arguments"] = padded(call["arguments"], data.draw, NAMES)
            call.setdefault("function", None)
    for tool in other["tools"]:
        tool["parameters"] = padded(tool["parameters"], data.draw, KEYWORDS)
        for name in data.draw(st.lists(st.sampled_from(CITIES), max_size=3)):
            tool["parameters"]["properties"][name] = None
    other["messages"].append(None)
    other["tools"].append({"name": None, "parameters": {"type": None}})
    empty = data.draw(st.sampled_from([None, [], [None], [{}], [{"name": None}], "", "[]"]))
    if data.draw(st.booleans()):
        other |= {"tools": empty, "functions": other["tools"]}
    same(row, other)


@checked
@given(rows(), st.data())
def test_what_went_through_parquet_is_the_same(tmp_path_factory, row, data):
    other = copy.deepcopy(row)
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    if data.draw(st.booleans()):  # every object a struct
        table = pa.Table.from_pylist([other])
    else:  # arguments a map, where all of their values are texts
        calls = other["messages"][1]["tool_calls"]
        assume(all(call["name"] == "get_weather" for call in calls))
        call = pa.struct(
            {"id": pa.string(), "name": pa.string(), "arguments": pa.map_(pa.string(), pa.string())}
        )
        texts = dict.fromkeys(("role", "content", "tool_call_id"), pa.string())
        messages = pa.list_(pa.struct({**texts, "tool_calls": pa.list_(call)}))
        for each in calls:
            each["arguments"] = list(each["arguments"].items())
        table = pa.table(
            {
                "id": ["x"],
                "messages": pa.array([other["messages"]], messages),
                "tools": [json.dumps(other["tools"])],
            }
        )
    pq.write_table(table, path)
    (found,) = read_rows(path)
    same(row, found.value)


def openai(call):
    return {"id": call["id"], "type": "function", "function": dict(call, id="")}


RECODED = (
    lambda row, call: {**call, "arguments": json.dumps(call["arguments"])},
    lambda row, call: {"id": call["id"], "name": call["name"], "parameters": call["arguments"]},
    lambda row, call: {"id": call["id"], "name": call["name"], "input": call["arguments"]},
    lambda row, call: {**call, "arguments": None, "parameters": json.dumps(call["arguments"])},
    lambda row, call: {**call, "arguments": [list(p) for p in call["arguments"].items()]},
    lambda row, call: json.dumps(call),
    lambda row, call: openai(call),
)


@checked
@given(rows(), st.lists(st.sampled_from(RECODED), min_size=5, max_size=5), st.data())
def test_calls_and_tools_may_be_written_in_any_way(row, recodings, data):
    other = copy.deepcopy(row)
    calls = other["messages"][1]["tool_calls"]
    calls[:] = [recode(row, call) for recode, call in zip(recodings, calls, strict=False)]
    texts = data.draw(st.sampled_from([str, "calls", "messages", "tools", "row"]))
    if texts == "calls":
        other["messages"][1]["tool_calls"] = json.dumps(calls)
    elif texts == "messages":
        other["messages"] = json.dumps(other["messages"])
    elif texts == "tools":
        other["tools"] = [json.dumps({"type": "function", "function": t}) for t in other["tools"]]
    elif texts == "row":
        other = {"id": "x", "conversations": other["messages"], "functions": other["tools"]}
        other["tools"] = data.draw(st.sampled_from([None, [], "", "[]", "null"]))
    same(row, other)


@checked
@given(rows(), st.data())
def test_outputs_belong_by_id_then_name_then_order(row, data):
    other = copy.deepcopy(row)
    calls = other["messages"][1]["tool_calls"]
    outputs = other["messages"][2:-1]
    how = data.draw(st.sampled_from(["id", "number", "truth", "name", "order"]))
    mixed = data.draw(st.booleans())  # what a column of floats or of texts makes of numbers
    if how in ("number", "truth"):
        ids = range(len(calls)) if how == "number" else (False, 2.0, 1.5, -7, True)
        for call, output, new in zip(calls, outputs, ids, strict=False):
            call["id"] = output["tool_call_id"] = new
            if mixed and isinstance(new, int) and not isinstance(new, bool):
                output["tool_call_id"] = float(new) if new % 2 else str(new)
    elif how in ("name", "order"):
        for call, output in zip(calls, outputs, strict=True):
            del output["tool_call_id"]
            if how == "name":
                output["tool_name"] = call["name"]
    if how == "name":  # of one name, the first output is the first call's
        late = [o for o in outputs if o["tool_name"] == "book"]
        outputs = [*late, *(o for o in outputs if o["tool_name"] != "book")]
    elif how != "order":
        outputs = data.draw(st.permutations(outputs))
    other["messages"][2:-1] = outputs
    turns, wanted = read(other).turns, read(row).turns
    assert [o.content for o in turns[2].outputs] == [o.content for o in wanted[2].outputs]
    assert [o.call_id for o in turns[2].outputs] == [c.id for c in turns[1].calls]


SPELT = (
    lambda guest: (guest, {}),
    lambda guest: ({"$ref": "#/$defs/Guest"}, {"$defs": {"Guest": guest}}),
    lambda guest: ({"anyOf": [guest, {"type": "null"}]}, {}),
    lambda guest: ({"oneOf": [{"type": "null"}, guest]}, {}),
    lambda guest: ({"allOf": [guest]}, {}),
    lambda guest: (
        {"allOf": [{"$ref": "#/$defs/Guest"}], "title": "G"},
        {"$defs": {"Guest": guest}},
    ),
    lambda guest: ({"anyOf": [{"$ref": "#/$defs/Guest"}]}, {"$defs": {"Guest": guest}}),
    lambda guest: ({**guest, "nullable": True}, {}),
)


@pytest.mark.parametrize("spelt", SPELT)
@pytest.mark.parametrize(
    ("argument", "outcome"),
    [
        ({"name": "Eva"}, "accepted"),
        ({"name": "Eva", "note": None}, "accepted"),
        ({"name": "Eva", "vip": "vip"}, "rejected"),
        ({"name": 7}, "rejected"),
        ({}, "rejected"),
        ("Eva", "rejected"),
    ],
)
def test_one_schema_gives_one_verdict_however_it_is_spelt(spelt, argument, outcome):
    guest, definitions = spelt(copy.deepcopy(GUEST))
    parameters = {"type": "object", "properties": {"guest": guest}, "required": ["guest"]}
    call = {"id": "b", "name": "book", "arguments": {"guest": argument}}
    row = {
        "messages": [
            {"role": "user", "content": "Book for Eva, who is a vip guest, number 7."},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "b", "content": '{"ok": true}'},
            {"role": "assistant", "content": "It is booked for Eva."},
        ],
        "tools": [{"name": "book", "parameters": {**parameters, **definitions}}],
    }
    assert check_row(Row(1, row), VerificationConfig())["outcome"] == outcome
