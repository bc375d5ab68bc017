import json
from pathlib import Path

import pytest
from export_examples import published
from report_pages import MARKUP, derived, opened, row, run_of, sample

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
        assert page.inner_text("#origin") == "told by the user: turn 0"
        assert page.locator(".turn.source").get_attribute("data-turn") == "0"
        assert page.locator(".turn.user mark").all_inner_texts() == ["Oslo"]
        page.keyboard.press("Tab")
        page.mouse.move(0, 0)
        assert page.locator("#origin, mark").count() == 0


@pytest.mark.parametrize("way", ["focus", "hover"])
def test_a_choice_is_shown_by_its_phrase_and_where_it_stands(tmp_path: Path, way: str) -> None:
    with opened(report(tmp_path, published(tmp_path / "run", [derived()], 1))) as page:
        page.click("#show-browser")
        page.select_option("#way", "chosen")
        page.click(".item")
        page.wait_for_selector(".call")
        getattr(page, way)(".call .value.chosen")
        told = page.inner_text("#origin").splitlines()
        assert told[:2] == ["chosen from an output, as asked", "\u201cthe cheapest one\u201d"]
        assert told[2].startswith("id of argmin(price) over turn 2, call00000")
        assert page.locator(".turn.user .on").all_inner_texts() == ["the cheapest one"]
        assert page.locator(".turn.tool .on").all_inner_texts() == ['"F2"']
        getattr(page, way)(".turn.user .value")
        assert page.locator(".call .on").all_inner_texts() == ['"F2"']


def test_a_press_goes_to_the_place_and_keeps_the_marks(tmp_path: Path) -> None:
    view = {"viewport": {"width": 800, "height": 300}}
    with opened(report(tmp_path, published(tmp_path / "run", [derived()], 1)), **view) as page:
        page.click("#show-browser")
        page.click(".item")
        page.wait_for_selector(".call")
        page.click(".call .value.chosen")
        page.mouse.move(1, 1)
        box = page.locator(".turn.tool .on").bounding_box()
        assert box is not None
        assert 0 < box["y"] < 300
        page.keyboard.press("Escape")
        assert page.locator("#origin, #dialogue .on").count() == 0


def test_what_a_dialogue_was_given_is_shown(tmp_path: Path) -> None:
    with opened(report(tmp_path, published(tmp_path / "run", [derived()], 1))) as page:
        figures = page.inner_text("#figures-view")
        for told in ("chosen from an output, as asked", "late flights", "terse", "de\n"):
            assert told in figures
        page.click("#show-browser")
        page.select_option("#kind", "policy")
        page.select_option("#language", "de")
        page.click(".item")
        page.wait_for_selector(".call")
        facts = page.inner_text(".facts")
        assert all(told in facts for told in ("2026-03-01", "de", "terse: few words"))
        assert page.inner_text(".reasoning") == "thinks The second is cheaper."
        page.focus("text=rule: late flights")
        assert page.locator(".turn.system mark").all_inner_texts() == ["Late flights are not sold"]
        page.click(".turn.system summary")
        assert not page.is_visible(".turn.system .text")


def test_occupancy_costs_and_rows_left_out_of_a_run(tmp_path: Path) -> None:
    samples = [sample(busy) for busy in range(4)]
    reasons = {"d-1": f"near duplicate of {MARKUP}"}
    run_dir = run_of(tmp_path / "run", [derived(), derived("d-1")], reasons, samples)
    with opened(report(tmp_path, run_dir)) as page:
        figures = page.inner_text("#figures-view")
        for told in ("Occupancy over time", "mean 1.5", "Cost by role", "near duplicates"):
            assert told in figures
        assert page.locator(".series").first.locator("i").count() == 4
        page.click("#show-browser")
        page.select_option("#row", "near duplicates")
        assert page.inner_text("#count") == "1 of 2 dialogues"
        page.click(".item")
        page.wait_for_selector(".call")
        assert MARKUP in page.locator("#dialogue .finding").first.text_content()


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


def test_markup_in_what_runs_add_stays_text(tmp_path: Path) -> None:
    reasons = {"d-0": f"near duplicate of {MARKUP}"}
    run_dir = run_of(tmp_path / "run", [derived(hostile=MARKUP)], reasons, [])
    with opened(report(tmp_path, run_dir)) as page:
        page.click("#show-browser")
        page.click(".item")
        page.wait_for_selector(".call")
        for place in (".facts", ".turn.system", ".reasoning", ".turn.user .text", ".who .badge"):
            assert any(MARKUP in text for text in page.locator(place).all_text_contents()), place
        for value in page.locator("#dialogue .value").all():
            value.focus()
            assert page.locator("#origin").count() == 1
        page.focus(".call .value.chosen")
        assert MARKUP in page.locator("#origin").text_content()
        page.click("#show-figures")
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
