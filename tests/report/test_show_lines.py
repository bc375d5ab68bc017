import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from toolace_mt.report.lines import Line, on_one_line, visible

HOSTILE = "\x1b]0;x\x07\x9b\u202e\u2028\u061c\u200b\U000e0041\ud800"


def printed(line: Line, width: int = 20) -> list[str]:
    console = Console(width=width, file=io.StringIO(), record=True, color_system=None)
    console.print(line)
    return console.export_text(styles=False).removesuffix("\n").split("\n")


@given(st.text(alphabet="ab \n\t\r\x1b\u2028\u4e00", max_size=80))
def test_only_the_first_line_has_no_bar(text: str) -> None:
    first, *others = printed(Line(f"label: {text}", "", 400))
    assert first.startswith("label:")
    assert all(line.startswith("\u2502 ") for line in others)
    assert all(line.startswith("\u2502 ") for line in printed(Line(text, "", 400, quoted=True)))


def test_what_controls_a_terminal_is_written_out() -> None:
    assert visible(HOSTILE).isascii()
    assert visible(HOSTILE).isprintable()
    assert visible(HOSTILE).startswith("\\x1b]0;x\\x07\\x9b\\u202e\\u2028\\u061c\\u200b\\U000e0041")
    assert on_one_line("a\nb\tc") == "a\\nb\\tc"


def test_long_texts_are_shortened() -> None:
    assert Line("x" * 50, "", 10).text == "xxxxxxx..."
