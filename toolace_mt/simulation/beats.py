"""What the user brings up in one sub-task, message by message.

A beat is one message of the user and the reaction expected from the assistant. Beats follow from
the plan, the complications and (where values are seeded) the drawn calls; the model only phrases
them.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from toolace_mt.schemas.draw import draw
from toolace_mt.simulation.complications import Complications
from toolace_mt.texts.slots import SlotNames, in_words, slots_in, spoken
from toolace_mt.trajectory import Injection, Tool, ToolCall

Does = Literal["request", "leave_out", "supply", "chat", "unsupported", "add_tool", "insist"]
Reply = Literal["serve", "ask", "no_tool", "chat"]


@dataclass(frozen=True, slots=True)
class Need:
    """What a request must state: seeded values by slot, or names of values the model chooses."""

    values: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def without(self, slot: str) -> "Need":
        """Return the need without one slot or name."""
        kept = {other: value for other, value in self.values.items() if other != slot}
        return Need(kept, tuple(name for name in self.names if name != slot))

    def only(self, slot: str) -> "Need":
        """Return the need of one slot or name alone."""
        if slot in self.values:
            return Need({slot: self.values[slot]})
        return Need(names=(slot,))


@dataclass(frozen=True, slots=True)
class Beat:
    """One message of the user. `about` names, in words, what it omits or supplies, or a tool."""

    does: Does
    need: Need = Need()
    reply: Reply = "serve"
    injection: Injection | None = None
    about: str = ""
    adds: tuple[str, ...] = ()
    like: str = ""


def beats(
    complications: Complications,
    need: Need,
    tools: Mapping[str, Tool],
    said: str,
    rng: random.Random,
) -> Iterator[Beat]:
    """Yield the user's messages for one sub-task, as long as the dialogue goes as planned.

    `said` is all that the user has said so far: a value in it cannot be withheld for a
    clarification.
    """
    mark: Injection | None = None
    if "non_fc" in complications.kinds:
        mark = "non_fc"
        yield Beat("chat", reply="chat", injection=mark)
    if complications.withheld:
        mark = "tool_awareness"
        yield _asking_for(complications.withheld, rng)
    omittable = [slot for slot in (*need.values, *need.names) if _is_new(slot, need, said)]
    if complications.late:
        mark, name = "tool_awareness", complications.late
        about = f"{name} ({tools[name].description})"
        yield Beat("request", need, "no_tool", mark, about)
        yield Beat("add_tool", injection=mark, about=about, adds=(name,))
    elif "clarification" in complications.kinds and omittable:
        mark, slot = "clarification", rng.choice(omittable)
        yield Beat("leave_out", need.without(slot), "ask", mark, in_words(slot))
        yield Beat("supply", need.only(slot), injection=mark, about=in_words(slot))
    else:
        yield Beat("request", need, injection=mark)


def _is_new(slot: str, need: Need, said: str) -> bool:
    """Return whether a value occurs neither in `said` nor elsewhere in the need."""
    others = [spoken(value) for other, value in need.values.items() if other != slot]
    told = _letters(" ".join([said, *others]))
    return slot in need.names or _letters(spoken(need.values[slot])) not in told


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def _asking_for(tool: Tool, rng: random.Random) -> Beat:
    """Ask for the service of a tool that is not listed, in the words of a usage example."""
    about = f"{tool.name} ({tool.description})"
    names = SlotNames()
    names.of_arguments(ToolCall("", tool.name, draw(tool.parameters, rng)))
    fitting = [u.user for u in tool.usage if set(slots_in(u.user)) <= names.values.keys()]
    like = rng.choice(fitting) if fitting else ""
    need = Need({slot: names.values[slot] for slot in slots_in(like)})
    return Beat("unsupported", need, "no_tool", "tool_awareness", about, like=like)
