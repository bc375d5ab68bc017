import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.tools.names import marked, usable_name


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("find", "find"),
        ("calendar.respondToEvent", "calendar_respondToEvent"),
        ("repos/get", "repos_get"),
        ("!pg", "pg"),
        ("with space", "with_space"),
        ("café", "cafe"),
    ],
)
def test_names_stay_readable(name, usable):
    assert usable_name(name) == usable


def test_what_was_lost_is_told_apart():
    assert usable_name("x" * 70) != usable_name("x" * 71)
    assert usable_name("查询") != usable_name("天气")
    assert marked("a_b", "a.b") != marked("a_b", "a/b")


@given(st.text(min_size=1))
def test_every_name_becomes_usable_and_always_the_same(name):
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", usable_name(name))
    assert usable_name(name) == usable_name(name)
    assert usable_name(usable_name(name)) == usable_name(name)
