import pytest

from toolace_mt.schemas.words import says, words_of


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
    ("name", "phrase", "said"),
    [
        ("profile_name", "file", False),
        ("capacity", "city", False),
        ("cities", "city", False),
        ("tags", "tag", True),
        ("userFirstName", "first_name", True),
        ("first_user_name", "first_name", False),
    ],
)
def test_a_phrase_is_found_as_words_beside_each_other(name, phrase, said):
    assert says(name, phrase) is said
