from dataclasses import fields, replace

from toolace_mt.calls.request import Request

REQUEST = Request("d", "refinement", "fill", 1, "3", "system", "user", {"type": "object"})


def test_a_key_tells_every_field_and_the_model_apart() -> None:
    others = {
        field.name: {} if field.name == "schema" else type(getattr(REQUEST, field.name))(7)
        for field in fields(Request)
    }
    changed = [replace(REQUEST, **{name: value}) for name, value in others.items()]
    keys = {REQUEST.key("m"), REQUEST.key("n"), *(request.key("m") for request in changed)}
    assert len(keys) == len(fields(Request)) + 2
    assert REQUEST.key("m") == replace(REQUEST).key("m")


def test_what_moves_from_one_field_to_the_next_changes_the_key() -> None:
    moved = [("system", "user"), ("systemu", "ser"), ("syste", "muser"), ("", "systemuser")]
    keys = {replace(REQUEST, system=one, user=other).key("m") for one, other in moved}
    keys |= {replace(REQUEST, slot=slot, round=1).key("m") for slot in ("3", "31", "")}
    assert len(keys) == len(moved) + 2


def test_text_that_no_file_could_hold_has_a_key() -> None:
    assert REQUEST.key("m") != replace(REQUEST, user="\ud800").key("m")
