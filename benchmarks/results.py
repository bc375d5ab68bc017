"""Writes the results of benchmarks into benchmarks/RESULTS.md, each in a section of its own."""

import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def replace_section(name: str, markdown: str, path: Path = RESULTS) -> None:
    """Put `markdown` between `<!-- name -->` and `<!-- /name -->`; a new section goes to the end.

    Nothing outside of these two lines changes, so that every benchmark keeps only its own section.
    """
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    section = f"{opening}\n{markdown.strip()}\n{closing}\n"
    text = path.read_text(encoding="utf-8") if path.exists() else "# Results of the benchmarks\n"
    old = re.compile(rf"{re.escape(opening)}\n.*?{re.escape(closing)}\n", re.DOTALL)
    if old.search(text):
        text = old.sub(lambda _: section, text, count=1)
    else:
        text = f"{text.rstrip()}\n\n{section}"
    path.write_text(text, encoding="utf-8")


def read_section(name: str, path: Path = RESULTS) -> str:
    """Return what stands between the two lines of a section; raises KeyError if there is none."""
    text = path.read_text(encoding="utf-8")
    _, opening, rest = text.partition(f"<!-- {name} -->\n")
    section, closing, _ = rest.partition(f"\n<!-- /{name} -->")
    if not opening or not closing:
        raise KeyError(name)
    return section
