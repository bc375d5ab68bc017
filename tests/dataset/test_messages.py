from dataclasses import replace

from export_examples import FLIGHTS, dialogue
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.dataset.messages import call_names, thought, to_row, trained
from toolace_mt.reading.dialogue import Dialogue, read_dialogue
from toolace_mt.reading.outputs import failed
from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Trajectory, Turn


def test_a_row_has_what_trainers_expect():
    row = to_row(dialogue())
    roles = "system user assistant user assistant tool tool assistant user assistant tool assistant"
    assert [message["role"] for message in row["messages"]] == roles.split()
    calls = row["messages"][4]
    assert calls["content"] == "Let me look."
    assert calls["tool_calls"][1] == {
        "id": "call00002",
        "type": "function",
        "function": {
            "name": "search_flights",
            "arguments": {"origin": "Köln", "limit": None, "filters": {"a": [1, "x", None, 2.5]}},
        },
    }
    assert row["messages"][5] == {
        "role": "tool",
        "tool_call_id": "call00001",
        "name": "search_flights",
        "content": '{"flights":[{"id":"F1","price":99.5}]}',
    }
    assert row["messages"][10]["content"] == "sent"
    assert row["messages"][9]["content"] == ""


def test_reasoning_stands_beside_the_content_of_its_message():
    made = dialogue()
    first = next(index for index, turn in enumerate(made.turns) if turn.calls)
    turns = list(made.turns)
    turns[first] = replace(turns[first], reasoning="I need flights first.")
    messages = to_row(replace(made, turns=tuple(turns)))["messages"]
    thoughts = [m["reasoning_content"] for m in messages if "reasoning_content" in m]
    assert thoughts == ["I need flights first."]
    (message,) = [m for m in messages if "reasoning_content" in m]
    assert list(message) == ["role", "content", "reasoning_content", "tool_calls"]
    assert thought(message) == "<think>\nI need flights first.\n</think>\n\n"
    assert thought(messages[0]) == ""


def test_absent_keys_are_absent():
    row = to_row(dialogue())
    for message in row["messages"]:
        assert isinstance(message["content"], str)
        assert message.get("tool_calls") != []
        assert None not in message.values()
    assert "system" not in [m["role"] for m in to_row(replace(dialogue(), system=""))["messages"]]


def test_tools_are_those_at_the_start_and_later_ones_are_announced():
    row = to_row(dialogue())
    assert row["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "search_flights",
                "description": FLIGHTS.description,
                "parameters": FLIGHTS.parameters,
            },
        }
    ]
    text, block = row["messages"][8]["content"].split("\n\n<tools>\n")
    assert text == "Mail it to ann@x.org."
    assert block.startswith('[{"type":"function","function":{"name":"send_email"')
    assert block.endswith("]\n</tools>")


def test_calls_that_were_undone_have_names_and_those_that_stand_the_last_word():
    made = dialogue()
    gone = Turn("assistant", calls=(ToolCall("call00009", "send_email", {}),))
    renamed = Turn("assistant", calls=(ToolCall("call00003", "search_flights", {}),))
    edit = replace(made.edits[0], before=(gone, renamed))
    assert call_names(replace(made, edits=(edit,))) == {
        "call00001": "search_flights",
        "call00002": "search_flights",
        "call00003": "send_email",
        "call00009": "send_email",
    }


def test_an_output_of_no_known_call_has_no_name():
    stray = Turn("tool", outputs=(ToolOutput("nobody", 1),))
    row = to_row(replace(dialogue(), turns=(*dialogue().turns, stray)))
    assert row["messages"][-1] == {"role": "tool", "tool_call_id": "nobody", "content": "1"}


def test_marks_go_with_messages_and_not_with_turns():
    row, marks = to_row(dialogue()), trained(dialogue())
    assert [m["role"] == "assistant" for m in row["messages"]] == marks
    without = replace(dialogue(), system="")
    assert trained(without) == marks[1:]


names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
# Strings that are JSON, and numbers beyond float, come back as what they say, not as strings.
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
# A null under a name that the tool does not declare is padding.
said = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def trajectories(draw):
    tools = tuple(
        Tool(name, draw(texts), {"type": "object", "properties": {}})
        for name in draw(st.lists(names, min_size=1, max_size=4, unique=True))
    )
    turns: list[Turn] = []
    late = [tool.name for tool in tools[1:]]
    for exchange in range(draw(st.integers(1, 4))):
        adds = (late.pop(),) if late and draw(st.booleans()) else ()
        turns.append(Turn("user", draw(texts.filter(lambda t: t == t.rstrip())), adds=adds))
        calls = tuple(
            ToolCall(f"c{exchange}_{i}", draw(st.sampled_from(tools)).name, arguments)
            for i, arguments in enumerate(draw(st.lists(st.dictionaries(texts, said), max_size=3)))
        )
        if calls:
            turns.append(Turn("assistant", draw(texts), calls=calls))
            outputs = [ToolOutput(c.id, draw(st.dictionaries(texts, values))) for c in calls]
            turns.append(Turn("tool", outputs=tuple(outputs)))
        turns.append(Turn("assistant", draw(texts)))
    return Trajectory("x", 0, tools, turns=tuple(turns), system=draw(texts))


@settings(max_examples=60, deadline=None)
@given(trajectories())
def test_a_row_is_read_back_as_the_dialogue_it_was(trajectory):
    read = read_dialogue(to_row(trajectory), "x")
    assert isinstance(read, Dialogue)
    again = read.trajectory
    assert again.system == trajectory.system
    assert {t.name: t for t in again.tools} == {t.name: t for t in trajectory.tools}
    errors = [o.error for turn in again.turns for o in turn.outputs]
    flat = [o for turn in trajectory.turns for o in turn.outputs]
    assert errors == [failed(o.content) for o in flat]
    plain = tuple(
        replace(turn, outputs=tuple(replace(o, error=False) for o in turn.outputs))
        for turn in again.turns
    )
    assert plain == trajectory.turns
