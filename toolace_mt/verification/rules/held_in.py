"""The rule on the language that a dialogue is to be held in, where its scenario names one."""

import re
from collections.abc import Iterator

from toolace_mt.texts.languages import LANGUAGES
from toolace_mt.trajectory import Finding
from toolace_mt.verification.facts import Facts, finding, lower_words
from toolace_mt.verification.rules.language import language_of

_LETTERS = re.compile(r"[^\W\d_]")


def held_in(facts: Facts) -> Iterator[Finding]:
    """User and assistant write in the language of the scenario.

    Words that every language has tell which one a text is in, so that short texts are not judged;
    where a script tells it, a text needs a letter of that script.
    """
    known = LANGUAGES.get(facts.trajectory.scenario.language)
    if known is None:
        return
    script = None if known.spaced else re.compile(f"[{known.letters}]")
    for index, turn in enumerate(facts.turns):
        text = turn.content
        if not _LETTERS.search(text):
            continue
        if script is not None:
            found = "" if script.search(text) else f"no {known.name} letter"
        else:
            said = language_of(lower_words(text))
            found = said if said not in ("", known.name) else ""
        if found:
            text = f"{found}, and the dialogue is to be in {known.name}"
            yield finding("held_in", "error", text, index, side=turn.role)
