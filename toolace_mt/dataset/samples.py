"""A dialogue with the values that several formats need, each computed once."""

from functools import cached_property, lru_cache

from toolace_mt.caching import Same
from toolace_mt.dataset.json_text import loadable
from toolace_mt.dataset.messages import call_names, dialogue_messages, tool_definition, trained
from toolace_mt.trajectory import JsonObject, Tool, Trajectory


class Sample:
    """One verified dialogue."""

    def __init__(self, trajectory: Trajectory) -> None:
        self.trajectory = trajectory
        self.names = call_names(trajectory)

    @cached_property
    def messages(self) -> list[JsonObject]:
        """The messages in OpenAI's format, with arguments as objects and without absent keys."""
        return dialogue_messages(self.trajectory, self.names)

    @cached_property
    def message_texts(self) -> list[str]:
        """Each message as JSON that `datasets` can read back."""
        return [loadable(message) for message in self.messages]

    @cached_property
    def tool_texts(self) -> list[str]:
        """The definition of each tool that can be called from the start, as JSON."""
        return [_tool_text(Same(tool)) for tool in self.trajectory.available(-1)]

    @cached_property
    def trained(self) -> list[bool]:
        """Whether a model should be trained to write it, for each message."""
        return trained(self.trajectory)

    @cached_property
    def turn_of_message(self) -> list[int]:
        """The index of the turn for each message, -1 for the system's."""
        system = [-1] if self.trajectory.system else []
        turns = enumerate(self.trajectory.turns)
        sizes = ((i, len(turn.outputs) if turn.role == "tool" else 1) for i, turn in turns)
        return system + [index for index, size in sizes for _ in range(size)]


@lru_cache(maxsize=4096)
def _tool_text(tool: Same[Tool]) -> str:
    return loadable(tool_definition(tool.it))
