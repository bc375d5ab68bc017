"""The scalars of outputs, sorted out in one walk, are those that `paths.leaf_steps` returns."""

from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.schemas.paths import leaf_steps, leaf_values
from toolace_mt.verification.provenance.parsing.leaves import read_leaves, sorted_out

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


@given(JSON)
def test_one_walk_finds_what_the_places_say(value: object) -> None:
    leaves = read_leaves(value)
    assert leaves.every == leaf_steps(value)
    assert [told for _, told in leaves.every] == leaf_values(value)
    assert leaves == sorted_out(leaves.every)


def test_no_more_than_five_thousand_are_read() -> None:
    value = {"first": [[{"n": n}] for n in range(4_000)], "second": {"x": list(range(4_000))}}
    leaves = read_leaves(value)
    assert leaves.every == leaf_steps(value)
    assert len(leaves.every) == 5_000
    assert leaves.ends[("second", "x")] == 1_000
    assert leaves.names >= {"first", "second", "x", "n"}


def test_amounts_and_texts_stand_by_themselves() -> None:
    leaves = read_leaves({"rooms": [{"price": 80, "free": True, "name": "Elm"}, {"price": 1e30}]})
    assert leaves.amounts == [(("rooms", 0, "price"), 80)]
    assert leaves.texts == [(("rooms", 0, "name"), "Elm")]
    assert leaves.inner == {"rooms", 0, 1}
