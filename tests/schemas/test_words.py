import pytest

from toolace_mt.schemas.words import place_of, singular, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("profileName", ("profile", "name")),
        ("profile_name", ("profile", "name")),
        ("HTTPPort", ("http", "port")),
        ("file-path2", ("file", "path", "2")),
        ("filename", ("file", "name")),
        ("", ()),
    ],
)
def test_names_are_read_by_words(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("name", "phrase", "place"),
    [
        ("profile_name", "file", 0),
        ("capacity", "city", 0),
        ("cities", "city", 1),
        ("tags", "tag", 1),
        ("userFirstName", "first_name", 3),
        ("first_user_name", "first_name", 0),
        ("date_of_last_date", "date", 4),
    ],
)
def test_a_phrase_is_found_as_words_beside_each_other(name, phrase, place):
    assert place_of(phrase, words_of(name)) == place


def test_names_of_lists_have_their_items_name():
    plural = ("home_addresses", "cities", "boxes", "branches", "tags", "pass", "aliases")
    assert [*map(singular, plural)] == [
        *("home_address", "city", "box", "branch", "tag", "pass", "aliase"),
    ]
