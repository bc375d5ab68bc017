import hashlib
import random
import re

import pytest

from toolace_mt.schemas.formats import DRAWN
from toolace_mt.schemas.named import _NAMES, _VAGUE, draw_named, kind_of
from toolace_mt.schemas.realistic import KINDS, SIZE, values, words


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_has_enough_different_values_that_sentences_and_grammars_can_hold(kind):
    found = values(kind)
    assert 12 < len(found) == len(set(found)) <= SIZE
    assert all(text.isascii() and text == text.strip() for text in found)
    assert not any(set(text) & set("\"'\\{}()<>\n") for text in found)


def test_every_name_leads_to_a_kind_that_there_is():
    assert {*_NAMES, *_VAGUE} <= KINDS.keys() | DRAWN.keys()


def test_values_stay_as_they_are_in_every_process():
    """Another release of mimesis that changes them is another range in pyproject.toml."""
    listed = repr([(kind, values(kind)) for kind in sorted(KINDS)] + [words()])
    assert hashlib.blake2b(listed.encode(), digest_size=8).hexdigest() == "4575433a1ff46cb2"


def test_the_global_generator_is_left_alone():
    random.seed(5)
    before = random.getstate()
    for function in (values, words, kind_of):
        function.cache_clear()
    assert draw_named("city", random.Random(1)) == draw_named("city", random.Random(1))
    assert words()
    assert random.getstate() == before


def test_nobody_can_be_reached():
    assert all(re.fullmatch(r"\+1-\d{3}-555-01\d\d", number) for number in values("phone"))
    reserved = r"\.example(\.(com|org|net))?(/.*)?"
    hosts = [*values("url"), *(f".{text}" for text in values("email") + values("host"))]
    assert all(re.search(reserved + "$", text) for text in hosts)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("city_name", "city"),
        ("customerEmail", "email"),
        ("email_subject", "title"),
        ("phoneNumber", "phone"),
        ("country_code", "country_code"),
        ("document_title", "title"),
        ("programming_language", "programming"),
        ("username", "login"),
        ("product_name", "product"),
        ("profile_name", "name"),
        ("departure_times", "time"),
        ("date_format", "word"),
        ("capacity", "word"),
        ("", "word"),
    ],
)
def test_the_last_telling_word_decides(name, kind):
    assert kind_of(name) == kind
