"""Settings of the tools: where they come from, what a dialogue sees, whether they are called."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from toolace_mt.config.section import Positive, Range, Section, ordered


class LiveConfig(Section):
    """How calls are made for real, where a tool's source can make them (`mcp:`, `python:`)."""

    seconds: Annotated[float, Field(gt=0)] = Field(
        10.0, description="longest that a call may take; then its environment is started anew"
    )
    start_seconds: Annotated[float, Field(gt=0)] = Field(
        60.0, description="longest that an environment may take to start"
    )
    characters: Positive = Field(
        20_000, description="largest output, as JSON; a larger one is an error of its tool"
    )
    concurrency: Positive = Field(
        16, description="dialogues of a shard whose environments are open at the same time"
    )
    servers: str | None = Field(
        None,
        description="MCP servers of a pool that was imported: an `mcpServers` file or a command"
        " (default: those that `source` names)",
    )
    files: str | None = Field(
        None, description="directory that is copied to the working directory of MCP servers"
    )


class ToolsConfig(Section):
    """Which tools there are, and how many of them a dialogue sees."""

    source: str | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        "starter",
        description="where tools come from, one or a list: `starter` and mcp-pool:NAME (ship with"
        " the package), a file (JSONL or JSON of definitions in any usual shape, an OpenAPI"
        " document), or KIND:PLACE, with mcp:, openapi:, python:, dataset: (`toolace-mt tools"
        " --help`)",
    )
    held_out: tuple[str, ...] | None = Field(
        None,
        description="sources of tools that models are evaluated with: what matches one of them by"
        " name and schema, or by what it takes, never enters the pool",
    )
    related: Range = Field(
        (3, 6), description="candidate tools of one domain or chain, [low, high]"
    )
    distractors: Range = Field(
        (1, 3),
        description="further tools that do not belong, [low, high]; of more than nine tools in all,"
        " those that a dialogue does not call have one line each in prompts",
    )
    live: LiveConfig | None = Field(
        None,
        description="make the calls of tools from `mcp:` and `python:` for real; {} does with the"
        " defaults",
    )

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources, as a tuple also where there is one."""
        return (self.source,) if isinstance(self.source, str) else self.source

    @model_validator(mode="after")
    def _check(self) -> Self:
        for url in (each.removeprefix("mcp:") for each in self.sources if "://" in each):
            if urlsplit(url).password or "?" in url:
                raise ValueError(
                    "source: a URL with a secret in it; name an `mcpServers` file, whose headers"
                    " may say ${NAME} for a variable of the environment"
                )
        ordered("related", self.related)
        ordered("distractors", self.distractors)
        if self.related[0] < 1:
            raise ValueError("related: a dialogue needs at least one candidate tool")
        return self
