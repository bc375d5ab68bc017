import pytest

from toolace_mt.dataset.licence import dataset_licence


@pytest.mark.parametrize(
    ("chosen", "stated", "licence"),
    [
        (None, ["MIT", "mit "], "mit"),
        (None, ["Apache-2.0"], "apache-2.0"),
        (None, ["MIT", "Apache-2.0"], "other"),
        (None, ["MIT", ""], "other"),
        (None, [""], "other"),
        (None, [], "other"),
        (None, ["my own terms"], "other"),
        ("cc-by-4.0", ["MIT", ""], "cc-by-4.0"),
        ("apache-2.0", ["Apache-2.0"], "apache-2.0"),
        ("apache-2.0", ["MIT"], "other"),
        ("Apache-2.0", ["Apache-2.0", ""], "other"),
    ],
)
def test_a_licence_is_what_the_tools_say_and_never_more(chosen, stated, licence):
    assert dataset_licence(chosen, stated) == licence
