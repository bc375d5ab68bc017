"""Settings of the engines, one section for each kind.

A section declares what the rest of the package must know about its kind of engine: which fields
decide the rows (`decides`) and where engines run (`placement`). A new kind needs a section here
with an entry in `ENGINES`, a module with the engine, and an entry in
`toolace_mt.engine.base.ENGINES`.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from toolace_mt.config.batch import BatchConfig
from toolace_mt.config.engine import EngineSection, Placement, check_url
from toolace_mt.config.section import Fraction, Positive, Section


def _core_list(given: Any) -> Any:
    """Accept a single core, which YAML reads as a number."""
    return str(given) if type(given) is int else given


def _one_or_more(given: Any) -> Any:
    """Accept a single URL as a list of one."""
    return (given,) if isinstance(given, str) else given


class VllmConfig(EngineSection):
    """vLLM engines in Ray actors."""

    decides: ClassVar[frozenset[str]] = frozenset({"kind", "model", "max_model_len", "args"})

    kind: Literal["vllm"]
    model: str = Field(description="a model's directory or Hub name")
    replicas: Positive = Field(1, description="engines")
    tensor_parallel: Positive = Field(1, description="GPUs per engine")
    device: Literal["auto", "cpu", "cuda"] = "auto"
    max_model_len: Positive | None = Field(
        None, description="context length (default: the model's)"
    )
    max_num_seqs: Positive | None = Field(None, description="sequences at once (default: vLLM's)")
    enforce_eager: bool = Field(False, description="True starts faster and runs slower")
    cpu_kvcache_gib: Positive = Field(4, description="KV cache on CPU, GiB per engine")
    cpu_cores: Annotated[str, BeforeValidator(_core_list)] = Field(
        "", description="cores to bind, such as `0,1` (default: all)"
    )
    args: dict[str, Any] = Field(
        default_factory=dict, description="further AsyncEngineArgs by name, passed as they are"
    )

    def placement(self) -> Placement:
        """Return a process for each engine, on its own GPUs unless it runs on CPUs."""
        gpus = 0 if self.device == "cpu" else self.tensor_parallel
        return Placement(self.replicas, gpus=gpus, or_cpu=self.device == "auto")


class ScriptedFailures(Section):
    """Failures to order from the scripted engine, for tests of the failure policy."""

    crash_on: str = Field("", description="dialogue whose requests kill the engine's process")
    crash_after: Positive | None = Field(
        None, description="requests after which the process dies, counted from each start"
    )
    hang_on: str = Field(
        "", description="dialogue whose requests stop the engine: nothing is answered any more"
    )


class ScriptedConfig(EngineSection):
    """A model-free engine: schema-conforming texts from the seed, with latency and failures."""

    decides: ClassVar[frozenset[str]] = frozenset({"kind", "model", "unreadable", "flawed"})

    kind: Literal["scripted"]
    model: str = Field("scripted", description="name of the engine in the dataset's card")
    replicas: Positive = Field(1, description="engines")
    per_process: Positive = Field(1, description="engines that share a process")
    max_num_seqs: Positive = Field(256, description="requests served at once; the rest queue")
    seconds_per_call: Annotated[float, Field(ge=0)] = Field(0.0, description="median latency")
    seconds_per_token: Annotated[float, Field(ge=0)] = Field(0.0, description="added per token")
    spread: Annotated[float, Field(ge=0)] = Field(0.0, description="sigma of lognormal latency")
    unreadable: Fraction = Field(0.0, description="share of answers that are cut off")
    flawed: Fraction = Field(0.0, description="share of experts' verdicts that are unfavourable")
    fail: ScriptedFailures = ScriptedFailures()

    def placement(self) -> Placement:
        """Return processes anywhere, shared as configured."""
        return Placement(self.replicas, self.per_process)


class OpenAIConfig(EngineSection):
    """Any OpenAI-compatible endpoint; the key comes from the environment alone."""

    decides: ClassVar[frozenset[str]] = frozenset({"kind", "model", "args"})

    kind: Literal["openai"]
    model: str = Field(description="the model's name, as the endpoint knows it")
    urls: Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_one_or_more)] = Field(
        description="base URLs, with /v1; `url` for a single one"
    )
    per_process: Positive = Field(
        16, description="URLs that one process serves: more processes cost more CPU a call"
    )
    key_env: str = Field("OPENAI_API_KEY", description="environment variable that holds the key")
    concurrency: Positive = Field(
        32, description="most requests at once per URL, adapted downwards"
    )
    timeout: Annotated[float, Field(gt=0)] = Field(120.0, description="seconds per request")
    allow_prompted: bool = Field(
        False,
        description="where a server ignores or refuses `response_format`: put the schema into the"
        " prompt and mend what comes back (default: end the run)",
    )
    args: dict[str, Any] = Field(
        default_factory=dict,
        description="further fields of the request body; null leaves one of ours out"
        " (`seed: null` for an endpoint that knows no seed)",
    )

    @model_validator(mode="before")
    @classmethod
    def _single(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "url" not in given:
            return given
        if "urls" in given:
            raise ValueError("url and urls: give one of them")
        return {**{k: v for k, v in given.items() if k != "url"}, "urls": (given["url"],)}

    @model_validator(mode="after")
    def _check(self) -> Self:
        for url in self.urls:
            check_url("urls", url)
        return self

    def placement(self) -> Placement:
        """Return an engine for each URL; they are mere connections and share processes."""
        return Placement(len(self.urls), self.per_process)


ENGINES: dict[str, type[EngineSection]] = {
    "vllm": VllmConfig,
    "scripted": ScriptedConfig,
    "openai": OpenAIConfig,
    "batch": BatchConfig,
}
"""The section of each kind of engine, by the value of `engine.kind`."""


def _of_its_kind(given: Any) -> EngineSection:
    if isinstance(given, EngineSection):
        return given
    kinds = ", ".join(ENGINES)
    if not isinstance(given, dict):
        raise ValueError(f"expected settings with a `kind`, one of {kinds}")
    if "kind" not in given:
        raise ValueError(f"`kind` is missing; expected one of {kinds}")
    section = ENGINES.get(str(given["kind"]))
    if section is None:
        raise ValueError(f"`kind` must be one of {kinds}, got {given['kind']!r}")
    return section.model_validate(given)


EngineConfig = Annotated[SerializeAsAny[EngineSection], BeforeValidator(_of_its_kind)]
"""The section of whichever engine `kind` names."""
