"""The rule on reasoning: it names only tools and values that are known before the calls."""

import re
from collections.abc import Iterator

from toolace_mt.trajectory import Finding, Trajectory
from toolace_mt.verification.facts import Facts, finding, fingerprint, shown
from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.parsing.words import flat
from toolace_mt.verification.provenance.replies import judge_reply

_NAMED = re.compile(
    r"\b(?:[A-Za-z]\w*(?:[_.]\w+)+|[a-z]+[A-Z]\w*)"
)  # like_this, like.this, likeThis
_AGAIN = re.compile(r"\b(\w+)(?:\W+\1\b){2,}")


def reasoning(facts: Facts) -> Iterator[Finding]:
    """Every tool and value that reasoning names is known before the calls, or stands in them.

    Nor does it say a word over and over.
    """
    for index, turn in enumerate(facts.turns):
        if turn.reasoning:
            if again := _AGAIN.search(turn.reasoning):
                yield finding("reasoning", "error", f"the reasoning repeats {again[1]}", index)
            for wrong in _unknown(facts.trajectory, index):
                yield finding("reasoning", "error", f"the reasoning {wrong}", index)


def _unknown(trajectory: Trajectory, index: int) -> Iterator[str]:
    turn = trajectory.turns[index]
    sent = flat(" ".join(fingerprint(call.arguments) for call in turn.calls))
    text, known = turn.reasoning, _known(trajectory, index)
    for mention, found, against in judge_reply(text, f"turn {index}", known):
        if flat(str(mention.text)) in sent:
            continue
        if found.kind == "nowhere":
            yield f"names {shown(mention.text)}, which nobody has told"
        elif against:
            yield f"names {shown(mention.text)}, which {against}"
    available = trajectory.available(index)
    tools = {tool.name for tool in available}
    others = {tool.name for tool in trajectory.tools} - tools
    said = f"{fingerprint([t.parameters for t in available])} {sent} {_told(trajectory, index)}"
    for name in _NAMED.findall(text):
        if name in others or (name not in tools and flat(name) not in flat(said)):
            yield f"names {name}, which is no tool that can be called here"


def _told(trajectory: Trajectory, index: int) -> str:
    before = trajectory.turns[:index]
    texts = [turn.content for turn in before]
    return " ".join(texts + [fingerprint(o.content) for turn in before for o in turn.outputs])


def _known(trajectory: Trajectory, index: int) -> Evidence:
    """Return what was told before a turn."""
    known = Evidence(trajectory.system, trajectory.tools)
    for number, turn in enumerate(trajectory.turns[:index]):
        label = f"turn {number}"
        for output in turn.outputs:
            known.returned(label, output.content, "", (), ())
        for call in turn.calls:
            known.passed(label, call.arguments)
        if turn.content:
            known.tell(turn.role, label, turn.content)
    return known
