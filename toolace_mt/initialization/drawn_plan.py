"""A plan drawn from the seed: which tools a dialogue uses, and when (stage 1.1).

No model is called. Sub-tasks, steps and tools are drawn within the same bounds that a model's plan
has. A tool that feeds another one comes before it. Goals consist of the tools' descriptions and
names, which is what a small model writes as well.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from toolace_mt.calls.prompt import one_line
from toolace_mt.config import InitializationConfig
from toolace_mt.selection.words import is_key
from toolace_mt.texts.reuse import in_scope
from toolace_mt.texts.slots import in_words
from toolace_mt.tools.chains import find_links, references
from toolace_mt.tools.variety import MANY, different_calls
from toolace_mt.trajectory import SubTask, Task, Tool

_GOAL = 160  # characters of a description used as a goal; a model's plan has the same limit
_FED, _FREE, _TO_BE_FED = range(3)  # its sources were called; it has none; they are still to come
_PULL = 3.0  # calls that a tool is ahead whose required arguments all come from outputs
_AGAIN = 0.05  # how often a tool is called again that has to be told everything
_ALONE = 0.1  # how often a tool is called that neither takes from outputs nor gives to others
_LAST = 10.0
_SENTENCE = re.compile(r"(?<=[^.].)\.(?:\s|$)")


def draw_task(
    related: Sequence[Tool], count: int, config: InitializationConfig, rng: random.Random
) -> Task:
    """Return a plan of `count` sub-tasks, with steps and calls drawn within the configured bounds.

    A sub-task calls no tool twice, and a dialogue calls none more often than its calls can differ:
    one without parameters once. Where the tools do not suffice there are fewer steps, and in the
    end fewer sub-tasks.
    """
    drawer = _Drawer(related, config, rng)
    drawn = [drawer.subtask() for _ in range(count)]
    return Task(tuple(subtask for subtask in drawn if subtask.steps))


class _Drawer:
    """Draws one sub-task after the other, and knows the tools called in earlier ones."""

    def __init__(
        self, related: Sequence[Tool], config: InitializationConfig, rng: random.Random
    ) -> None:
        self._tools = {tool.name: tool for tool in related}
        self._sources: dict[str, set[str]] = {name: set() for name in self._tools}
        self._links: dict[str, dict[tuple[str, str], tuple[str, bool]]] = {}
        for name in self._tools:
            self._links[name] = {}
        feeding = references(related)
        for link in find_links(related):
            self._sources[link.target].add(link.source)
            if is_key(link.parameter) or (link.target, link.parameter) in feeding:
                key = (link.source, link.parameter)
                self._links[link.target][key] = (link.source, "[0]" in link.path)
        self._feeding = {source for links in self._links.values() for source, _ in links}
        self._selects = config.values == "seeded" and config.arguments.asks
        self._config = config
        self._rng = rng
        self._called: Counter[str] = Counter()
        different = {tool.name: different_calls(tool) for tool in related}
        self._most = {name: most for name, most in different.items() if most < MANY}

    def subtask(self) -> SubTask:
        """Return the next sub-task."""
        left = self._worth_calling()
        steps: list[tuple[str, ...]] = []
        for _ in range(self._rng.randint(*self._config.steps)):
            step = tuple(self._step(left))
            if not step:
                break
            left = [name for name in left if name not in step]
            self._called.update(step)
            steps.append(step)
        return SubTask(self._goal(steps) if steps else "", tuple(steps))

    def _worth_calling(self) -> list[str]:
        """Return the tools that a sub-task may call: those whose calls can still differ.

        Where arguments are selected from outputs, a tool is seldom called again if none of its
        arguments can then be another one that was returned: the user would have to tell them all.
        """
        names = [n for n in self._tools if self._called[n] < self._most.get(n, math.inf)]
        if not self._selects:
            return names
        worth = [n for n in names if self._rng.random() < self._worth(n)]
        return worth or names

    def _worth(self, name: str) -> float:
        """Return how likely a tool is called in a sub-task."""
        if not self._has_more(name):
            return _AGAIN
        required = self._tools[name].parameters.get("required") or ()
        fed = {parameter for _, parameter in self._links[name]}
        orphan = any(is_key(e) and not in_scope(e) and e not in fed for e in required)
        alone = not self._links[name] and name not in self._feeding
        return _ALONE if alone or orphan else 1.0

    def _has_more(self, name: str) -> bool:
        """Return whether a tool was not called yet, or outputs have a further argument for it."""
        made = self._called[name]
        return not made or any(
            self._called[source] > made or (self._called[source] and is_list)
            for (_, parameter), (source, is_list) in self._links[name].items()
            if not in_scope(parameter)
        )

    def _step(self, left: list[str]) -> Iterator[str]:
        """Yield the tools of one step, none of which needs the output of another."""
        chosen: list[str] = []
        most = self._rng.randint(1, self._config.parallel_calls)
        for place, name in sorted((self._place(name), name) for name in left):
            waits = place[1] == _TO_BE_FED or any(self._linked(name, other) for other in chosen)
            if not chosen or (len(chosen) < most and not waits):
                chosen.append(name)
                yield name

    def _place(self, name: str) -> tuple[float, int, float]:
        """Return the sort key of a tool: times called, whether its sources were, chance.

        Where arguments are selected from outputs, a tool that takes many of them counts as called
        less often than it was.
        """
        sources = self._sources[name]
        fed = any(self._called[source] for source in sources)
        waits = _FED if fed else _TO_BE_FED if sources else _FREE
        if not self._selects:
            return self._called[name], waits, self._rng.random()
        chance = self._rng.random()
        drawn = self._called[name] - _PULL * self._share_fed(name) + chance
        return drawn + (_LAST if waits == _TO_BE_FED else 0), waits, chance

    def _share_fed(self, name: str) -> float:
        """Return which part of a tool's required arguments outputs of called tools can give."""
        links = {parameter for source, parameter in self._links[name] if self._called[source]}
        required = self._tools[name].parameters.get("required") or ()
        return len(links) / max(len(required), 1)

    def _linked(self, one: str, other: str) -> bool:
        return one in self._sources[other] or other in self._sources[one]

    def _goal(self, steps: Sequence[Sequence[str]]) -> str:
        """Return the user's goal, without values and as short as a model would write it."""
        if len(steps) == len(steps[0]) == 1:
            description = one_line(self._tools[steps[0][0]].description)
            if goal := _SENTENCE.split(description, maxsplit=1)[0][:_GOAL].strip():
                return goal
        goal = ", then ".join(" and ".join(in_words(n) or n for n in step) for step in steps)
        return goal[:1].upper() + goal[1:]
