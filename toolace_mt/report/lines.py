"""Lines in a terminal for texts that come from models or strangers.

A line that such a text begins or goes on in starts with a bar: no text passes for another's line.
"""

import re

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

# Characters that control a terminal or the order of text: C0 and C1 but tab and newline, marks of
# direction, separators of lines, and what is never seen.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_BAR = Segment("\u2502 ", Style(dim=True))


def visible(text: str) -> str:
    r"""Return the text with control characters written out (`\x1b`), safe for any terminal."""
    return _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)


def on_one_line(text: str) -> str:
    """Return visible text with its line breaks and tabs written out as well."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


class Line:
    """A text of at most `width` characters, longer ones are shortened.

    What goes on in further lines has a bar in front, with `quoted` the first line as well.
    """

    def __init__(self, text: str, style: str, width: int, quoted: bool = False) -> None:
        shortened = text if len(text) <= width else f"{text[: width - 3]}..."
        self.text, self._style, self._quoted = visible(shortened), style, quoted

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update_width(max(1, options.max_width - _BAR.cell_length))
        lines = console.render_lines(Text(self.text, self._style), inner, pad=False)
        for number, segments in enumerate(lines):
            if number or self._quoted:
                yield _BAR
            yield from segments
            yield Segment.line()
