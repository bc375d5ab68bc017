"""The base of the engines' sections, and what all of them declare."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field

from toolace_mt.config.section import Section


@dataclass(frozen=True, slots=True)
class Placement:
    """How many engines a run has, and where they run.

    `per_process` engines share a process (1 for engines that start processes or need GPUs). An
    engine takes `gpus` GPUs of one node; with `or_cpu`, it runs on CPUs if the cluster has no GPUs.
    """

    engines: int
    per_process: int = 1
    gpus: int = 0
    or_cpu: bool = False


Money = Annotated[float, Field(ge=0)]


class Price(Section):
    """What an engine costs, in any currency, per million tokens."""

    input: Money = Field(description="prompt tokens that were not cached")
    cached: Money | None = Field(None, description="cached prompt tokens (default: like others)")
    output: Money = Field(description="generated tokens")

    def of(self, prompt: int, cached: int, output: int) -> float:
        """Return the cost of these tokens; `cached` are among the tokens of the prompt."""
        less = self.input if self.cached is None else self.cached
        return (self.input * (prompt - cached) + less * cached + self.output * output) / 1e6


class EngineSection(Section):
    """Base of the engines' sections."""

    decides: ClassVar[frozenset[str]] = frozenset({"kind", "model"})
    """Fields that decide the rows; a continued run may change all others."""

    kind: str
    model: str
    price: Price | None = Field(
        None,
        description="per million tokens, such as {input: 0.4, cached: 0.1, output: 1.6}: the card"
        " and `status` then say what an accepted dialogue costs",
    )

    def deciding(self) -> dict[str, Any]:
        """Return the settings that decide the rows, as plain JSON values."""
        settings = self.model_dump(mode="json")
        return {name: settings[name] for name in sorted(self.decides)}

    def placement(self) -> Placement:
        """Return how many engines there are and where they run."""
        raise NotImplementedError


def check_url(setting: str, url: str) -> None:
    """Raise ValueError unless `url` is a base URL of an HTTP server, without a password in it."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{setting}: expected a base URL such as https://host/v1")
    if parts.username or parts.password:
        raise ValueError(f"{setting}: a URL with a password in it; use the variable of key_env")
