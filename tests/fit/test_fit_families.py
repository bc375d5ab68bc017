"""Round trips through TRL's templates and vLLM's parsers, without an engine."""

from pathlib import Path
from typing import Any

import pytest
from fit_rows import ROWS, asked, call, output, row, says, user

from toolace_mt.fit.adapt import adapt, ids_of_nine, ids_with_names, one_call_a_turn
from toolace_mt.fit.check import losses, masked
from toolace_mt.fit.families import FAMILIES, Family
from toolace_mt.fit.losses import Limit

pytest.importorskip("trl")

_FLOAT = {"float": {"types"}}
_XML = {**_FLOAT, "null": {"arguments"}}
LOST: dict[str, dict[str, set[str]]] = {
    "qwen2.5": {},
    "qwen3": {},
    "qwen3-2507": {},
    "qwen3-vl": {},
    "qwen3.5": _XML,
    "qwen3.5-nothink": _XML,
    "qwen3.6": _FLOAT,
    "qwen3.8": _FLOAT,
    "nemotron-3-nano": _XML,
    "nemotron-3-super": _XML,
    "nemotron-3-ultra": _XML,
    "glm-4.5": _FLOAT,
    "gemma-4": {**_XML, "text": {"text"}, "nested": {"arguments"}},
    "gemma-4-v5": {**_FLOAT, "text": {"text"}, "nested": {"arguments"}},
    "lfm2-v2": {},
    "lfm2.5": {},
    "muse-glimmer": {"text": {"text"}},
}


@pytest.mark.parametrize("name", LOST)
def test_what_a_family_loses_of_the_rows(name: str) -> None:
    found = {key: {loss.aspect for loss in losses(FAMILIES[name], r)} for key, r in ROWS.items()}
    assert {key: lost for key, lost in found.items() if lost} == LOST[name]


def test_parallel_calls_become_turns_where_a_template_refuses_them() -> None:
    family = FAMILIES["llama-3.1"]
    assert {loss.aspect for loss in losses(family, ROWS["parallel"])} == {"template"}
    adapted = adapt(family, ROWS["parallel"])
    assert "one_call_a_turn" in adapted.changes
    roles = [message["role"] for message in adapted.row["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "tool", "assistant"]


def test_text_beside_calls_goes_where_a_template_moves_it() -> None:
    adapted = adapt(FAMILIES["gemma-4"], ROWS["text"])
    assert (adapted.changes, adapted.left) == (("no_text_beside_calls",), [])


def mixed_up(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of parallel calls with its outputs in the other order."""
    messages = list(row["messages"])
    messages[2], messages[3] = messages[3], messages[2]
    return {**row, "messages": messages}


def test_outputs_in_another_order_are_told_where_no_ids_are_written() -> None:
    lost = losses(FAMILIES["qwen3"], mixed_up(ROWS["parallel"]))
    assert [(loss.aspect, loss.message) for loss in lost] == [("pairing", 1)]
    adapted = adapt(FAMILIES["qwen3"], mixed_up(ROWS["parallel"]))
    assert (adapted.changes, adapted.left) == (("outputs_in_order",), [])
    assert adapted.row["messages"] == ROWS["parallel"]["messages"]


def test_ids_beside_outputs_alone_are_told(tmp_path: Path) -> None:
    template = (
        "{% for m in messages %}{{ m.role }}: {{ m.content }}"
        "{% for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}"
        "{{ m.tool_call_id }}|{% endfor %}"
    )
    (tmp_path / "own.jinja").write_text(template)
    own = Family("own", str(tmp_path / "own.jinja"), "", ("|",))
    found = {loss.aspect: loss.text for loss in losses(own, ROWS["plain"])}
    assert found == {"ids": "ids stand beside outputs and not beside calls"}
    both = template.replace("{{ c.function", "{{ c.id }}{{ c.function")
    (tmp_path / "own.jinja").write_text(both)
    assert losses(own, mixed_up(ROWS["parallel"])) == []


def test_an_output_that_stands_before_an_earlier_one_is_told(tmp_path: Path) -> None:
    first, second = output(0, "ping", "alpha"), output(1, "ping", "beta")
    given = row(user("Go."), says("", call(0, "ping"), call(1, "ping")), first, second, says("So."))
    (tmp_path / "own.jinja").write_text(
        "{% for m in messages | reverse %}{{ m.content }} {{ m.tool_calls }}{% endfor %}"
    )
    lost = losses(Family("own", str(tmp_path / "own.jinja"), "", ()), given)
    assert [loss.message for loss in lost if loss.aspect == "outputs"] == [3]


def test_families_that_write_no_calls_are_told_to_lose_them() -> None:
    for name in ("cohere", "phi-3", "llama-3", "deepseek-r1-distill"):
        assert "calls" in {loss.aspect for loss in losses(FAMILIES[name], ROWS["plain"])}, name
    assert losses(FAMILIES["gpt-oss"], ROWS["plain"]) == []


def test_outputs_follow_the_ids_of_their_calls() -> None:
    named = ids_with_names(ROWS["parallel"]["messages"])
    ids = [c["id"] for c in named[1]["tool_calls"]]
    assert ids == ["functions.book:0", "functions.book:1"]
    assert [m["tool_call_id"] for m in named if m["role"] == "tool"] == ids
    assert [c["id"] for c in ids_of_nine(named)[1]["tool_calls"]] == ["call00000", "call00001"]


def test_each_output_stays_behind_its_call_when_outputs_are_out_of_order() -> None:
    messages = list(ROWS["parallel"]["messages"])
    messages[2], messages[3] = messages[3], messages[2]
    apart = one_call_a_turn(messages)
    assert [m["tool_call_id"] for m in apart if m["role"] == "tool"] == ["call00000", "call00001"]


def test_a_user_who_writes_a_call_is_told() -> None:
    text = '<tool_call>\n{"name": "book", "arguments": {}}\n</tool_call>'
    found = losses(FAMILIES["qwen3"], row(user(text), says("No.")))
    assert [(loss.aspect, loss.message) for loss in found] == [("forged", 0)]


def test_a_call_behind_the_limit_is_told() -> None:
    asking = asked(call(0, "book", city="Rome"))
    assert {x.aspect for x in losses(FAMILIES["qwen3"], asking, Limit(10, len))} == {"length"}
    assert losses(FAMILIES["qwen3"], asking, Limit(100_000, len)) == []


def test_the_mask_of_trl_covers_both_calls() -> None:
    assert masked(FAMILIES["qwen3"], ROWS["parallel"]) == "2 of 2"
    assert masked(FAMILIES["llama-3.1"], ROWS["parallel"]) == "no mask"
