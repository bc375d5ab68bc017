from pathlib import Path

from benchmarks.results import replace_section


def test_a_section_replaces_itself_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    replace_section("Kills", "## Kills\nfirst", path)
    replace_section("Kills of old", r"## Old \1", path)
    before = path.read_text()
    replace_section("Kills", "## Kills\nsecond \\1\n\n", path)
    assert path.read_text() == before.replace("first", "second \\1")
    assert path.read_text().count("<!-- Kills -->") == 1
