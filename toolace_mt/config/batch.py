"""Settings of the batch engine."""

import shlex
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from toolace_mt.config.engine import EngineSection, Placement, check_url
from toolace_mt.config.section import Positive

_OURS: Final = frozenset({"messages", "model", "response_format", "stream", "tools", "tool_choice"})


class BatchConfig(EngineSection):
    """A batch API: the calls that wait in a round of all dialogues are one file."""

    decides: ClassVar[frozenset[str]] = frozenset({"kind", "model", "args"})

    kind: Literal["batch"]
    model: str = Field(description="the model's name, as the provider or the command knows it")
    url: str = Field("", description="base URL of the provider's API, with /v1; or `command`")
    command: str = Field(
        "",
        description="in place of `url`: a command that reads {input} and writes {output}, such as"
        " `vllm run-batch -i {input} -o {output} --model NAME`",
    )
    key_env: str = Field("OPENAI_API_KEY", description="environment variable that holds the key")
    poll: Annotated[float, Field(gt=0)] = Field(
        60.0, description="seconds between two questions whether a batch has ended"
    )
    window: str = Field("24h", description="completion window asked for, as the provider spells it")
    most_requests: Positive = Field(50_000, description="requests in one file; more are split")
    most_megabytes: Positive = Field(200, description="size of one file; more is split")
    timeout: Annotated[float, Field(gt=0)] = Field(
        120.0,
        description="seconds in which an HTTP request, or a piece of a file, must get through",
    )
    probe: bool = Field(
        True,
        description="ask one request of each kind online before its first batch, which shows a"
        " wrong key, model or setting at once, and what the server refuses of a request; False for"
        " a provider that answers batches only",
    )
    online_below: Annotated[int, Field(ge=0)] = Field(
        50,
        description="fewer requests than this, once a first batch has been answered, are asked"
        " online at full price rather than in one more batch; needs `url` and `probe`",
    )
    args: dict[str, Any] = Field(
        default_factory=dict,
        description="further fields of the request body; null leaves one of ours out",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.url) == bool(self.command):
            raise ValueError("url and command: give one of them")
        if self.url:
            check_url("url", self.url)
        else:
            self.words("", "")
        if taken := sorted(_OURS & self.args.keys()):
            raise ValueError(f"args.{taken[0]}: is written by the run itself; leave it out")
        return self

    def words(self, source: str, target: str) -> list[str]:
        """Return the words of the command, for these input and output files."""
        if "{input}" not in self.command or "{output}" not in self.command:
            raise ValueError("command: expected {input} and {output} in it")
        words = shlex.split(self.command)
        return [w.replace("{input}", source).replace("{output}", target) for w in words]

    def placement(self) -> Placement:
        """Return no engine at all: a batch needs no process that waits for requests."""
        return Placement(0)
