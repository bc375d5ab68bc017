import json
from pathlib import Path

import pytest
from report_pages import MARKUP, opened, row

from toolace_mt.errors import InputError
from toolace_mt.report.html.page import BLOCK, write_report


def written(folder: Path, name: str, *rows: object) -> Path:
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return path


def report(folder: Path, *sources: Path) -> Path:
    out = folder / "report.html"
    write_report(sources, out)
    return out


def test_the_page_asks_for_nothing_from_anywhere(tmp_path: Path) -> None:
    text = report(tmp_path, written(tmp_path, "rows", row())).read_text("utf-8")
    assert "http://" not in text
    assert "https://" not in text
    assert "default-src 'none'" in text


def test_no_dialogue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no dialogue"):
        write_report([written(tmp_path, "empty")], tmp_path / "report.html")


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    rows = written(tmp_path, "rows", row())
    with pytest.raises(InputError, match="cannot be written"):
        write_report([rows], tmp_path / "missing" / "report.html")


def test_figures_and_dialogues_are_shown(tmp_path: Path) -> None:
    rejected = row(
        1,
        outcome="rejected",
        findings=[
            {
                **{"check": "schema", "severity": "error", "message": "wrong", "turn": 1},
                **{"tool": "get_weather", "path": "", "side": "assistant"},
            }
        ],
    )
    with opened(report(tmp_path, written(tmp_path, "rows", row(), rejected))) as page:
        figures = page.inner_text("#figures-view")
        for figure in ("accepted (50.0%)", "schema: error, assistant", "refinement", "get_weather"):
            assert figure in figures
        page.click("#show-browser")
        page.select_option("#check", "schema")
        assert page.inner_text("#count") == "1 of 2 dialogues"
        page.click(".item")
        assert "error schema" in page.inner_text(".turn.assistant .finding")


def test_every_block_is_found_and_the_list_is_short(tmp_path: Path) -> None:
    count = 3 * BLOCK + 5
    rows = written(tmp_path, "rows", *map(row, range(count)))
    with opened(report(tmp_path, rows)) as page:
        page.click("#show-browser")
        assert page.locator(".item").count() < count / 2
        for number in (0, BLOCK, count - 1):
            page.fill("#query", f"number {number}.")
            page.click(".item")
            page.wait_for_selector(f"h2:has-text('d-{number:05d}')")
            assert f"number {number}." in page.inner_text(".turn.user")


def test_the_list_goes_by_keys(tmp_path: Path) -> None:
    with opened(report(tmp_path, written(tmp_path, "rows", row(0), row(1)))) as page:
        page.click("#show-browser")
        page.focus("#list")
        page.keyboard.press("ArrowDown")
        page.wait_for_selector("h2:has-text('d-00000')")
        page.keyboard.press("ArrowDown")
        page.wait_for_selector("h2:has-text('d-00001')")


@pytest.mark.parametrize("way", ["focus", "hover"])
def test_the_origin_of_a_value_is_shown(tmp_path: Path, way: str) -> None:
    with opened(report(tmp_path, written(tmp_path, "rows", row()))) as page:
        page.click("#show-browser")
        page.click(".item")
        page.wait_for_selector(".call")
        assert page.locator(".call .value").all_inner_texts() == ['"Oslo"']
        getattr(page, way)(".call .value")
        assert page.inner_text("#origin") == "from turn 0 (user)"
        assert page.locator(".turn.source").get_attribute("data-turn") == "0"


def test_edits_are_shown_as_differences(tmp_path: Path) -> None:
    with opened(report(tmp_path, written(tmp_path, "rows", row()))) as page:
        page.click("#show-browser")
        page.click(".item")
        page.click("summary:has-text('1 edits')")
        assert page.inner_text(".edit del") == "dull"
        assert page.inner_text(".edit ins") == "x"


def test_text_that_looks_like_markup_stays_text(tmp_path: Path) -> None:
    hostile = json.loads(json.dumps(row()).replace("Oslo", json.dumps(MARKUP)[1:-1]))
    hostile |= {"id": MARKUP, "domains": [MARKUP], "injections": [MARKUP], "failure": MARKUP}
    path = written(tmp_path, MARKUP.replace("/", "_"), hostile)
    with opened(report(tmp_path, path)) as page:
        page.click("#show-browser")
        page.click(".item")
        page.wait_for_selector(".call")
        assert MARKUP in page.locator(".turn.user .text").text_content()
        assert MARKUP in page.locator("#dialogue h2").text_content()
        assert page.locator("#planted, img").count() == 0


def test_two_sources_stand_side_by_side(tmp_path: Path) -> None:
    one, two = written(tmp_path, "one", row(0)), written(tmp_path, "two", row(1), row(2))
    with opened(report(tmp_path, one, two)) as page:
        assert page.locator(".figures > h2").all_inner_texts() == ["one", "two"]
        page.click("#show-browser")
        page.select_option("#source", "two")
        assert page.inner_text("#count") == "2 of 3 dialogues"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_thing_at_a_time(tmp_path: Path, scheme: str) -> None:
    view = {"viewport": {"width": 390, "height": 800}, "color_scheme": scheme}
    with opened(report(tmp_path, written(tmp_path, "rows", row())), **view) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.click("#show-browser")
        page.click(".item")
        page.wait_for_selector(".call")
        assert not page.is_visible("#list")
        page.click("#back")
        assert page.is_visible("#list")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("document.documentElement.className") == scheme.replace("light", "")
