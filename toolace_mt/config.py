"""Settings: small sections, each documented where it is defined, and one function that loads them.

OmegaConf reads YAML and `key=value` overrides and merges them; pydantic validates. Anything wrong
is a `ConfigError` of one line that names the key, raised before anything heavy is imported.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from toolace_mt.errors import ConfigError
from toolace_mt.trajectory import INJECTIONS, Injection


class Section(BaseModel):
    """Base of all sections: frozen, unknown keys rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


Range = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]


def _ordered(name: str, bounds: Range) -> None:
    if bounds[0] > bounds[1]:
        raise ValueError(f"{name}: the first of [low, high] must not be above the second")


class ToolsConfig(Section):
    """Which tools there are, and how many of them a dialogue sees."""

    source: str = Field("starter", description="`starter`, or a JSONL file of tool definitions")
    related: Range = Field(
        (3, 6), description="candidate tools of one domain or chain, [low, high]"
    )
    distractors: Range = Field((1, 3), description="further tools that do not belong, [low, high]")

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered("related", self.related)
        _ordered("distractors", self.distractors)
        if self.related[0] < 1:
            raise ValueError("related: a dialogue needs at least one candidate tool")
        return self


class Sampling(Section):
    """How the engine samples one kind of call."""

    temperature: Annotated[float, Field(ge=0, le=2)] = 0.8
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    max_tokens: Positive = Field(
        1024,
        description="longest answer, in tokens (of a skeleton in one call: for each sub-task)",
    )
    attempts: Positive = Field(3, description="how often an unreadable answer is asked for again")


class InitializationConfig(Section):
    """Stage 1: the plan and the skeleton (paper: coarse-grained initialization)."""

    subtasks: Range = Field((2, 5), description="sub-tasks per dialogue, drawn before the call")
    steps: Range = Field((1, 6), description="tool-calling steps per sub-task")
    parallel_calls: Positive = Field(3, description="most calls in one step")
    grounding: Literal["free", "delexicalized"] = Field(
        "free",
        description="free: the model writes the user message first, with its values; delexicalized:"
        " calls and outputs first, then texts with slots that code fills in (for weak models)",
    )
    values: Literal["model", "seeded"] = Field(
        "model",
        description="who chooses argument and output values: the model, or the seed from the"
        " tools' examples, enums and formats (never generated, so cheaper and never invented)",
    )
    answers: Literal["named", "compact"] = Field(
        "named",
        description="how a model writes the skeleton's calls and outputs (values: model): as JSON"
        " objects, or as lists of their values, whose names code puts back",
    )
    skeleton: Literal["in_turn", "side_by_side", "together"] = Field(
        "in_turn",
        description="in_turn: one call per sub-task, which sees those before it, as in the paper;"
        " together: all sub-tasks in one call; side_by_side (seeded values only): one call each,"
        " none of which waits for another",
    )
    sampling: Sampling = Sampling()

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered("subtasks", self.subtasks)
        _ordered("steps", self.steps)
        if self.subtasks[0] < 1 or self.steps[0] < 1:
            raise ValueError("subtasks and steps: a dialogue has at least one sub-task of one step")
        if self.skeleton == "side_by_side" and self.values == "model":
            raise ValueError(
                "skeleton: side_by_side needs values: seeded, since what a model makes up for one"
                " sub-task the others cannot know"
            )
        return self


Weight = Annotated[float, Field(ge=0)]


class InjectionMix(Section):
    """How often each injection is drawn, relative to the others; 0 leaves it out."""

    clarification: Weight = Field(
        1.0, description="the user leaves out a value, the assistant asks"
    )
    tool_awareness: Weight = Field(1.0, description="a tool is missing, and may be added")
    error_simulation: Weight = Field(1.0, description="a call fails, the assistant adjusts")
    non_fc: Weight = Field(1.0, description="chit-chat, or a question that needs no tool")

    def weights(self) -> dict[Injection, float]:
        """Return the weight of every type that is not left out."""
        return {kind: weight for kind in INJECTIONS if (weight := getattr(self, kind)) > 0}


class RefinementConfig(Section):
    """Stage 2: complexity injection and reasonability refinement, alternating."""

    injections: Range = Field((1, 3), description="injections per dialogue, drawn from the seed")
    mix: InjectionMix = InjectionMix()
    injecting: Literal["in_turn", "together"] = Field(
        "in_turn", description="one injection a round, as in the paper; or all at once, in one call"
    )
    passes: Annotated[int, Field(ge=0)] = Field(5, description="most refinement rounds")
    masks: Positive = Field(3, description="most turns masked in one round")
    round: Literal["alternating", "at_once"] = Field(
        "alternating",
        description="alternating: an injection, then a refinement of what came of it, as in the"
        " paper; at_once: both side by side, of different turns of the same dialogue",
    )
    patience: Positive | None = Field(
        None, description="rounds in a row that change nothing before refinement stops early"
    )
    decay: Fraction = Field(0.3, description="factor on a turn's weight each time it is selected")
    selection: Literal["uniform", "findings_first"] = Field(
        "uniform",
        description="findings_first masks turns with findings of the rules before any other",
    )
    fill: Literal["together", "parallel"] = Field(
        "parallel", description="all masks of a round in one call, or one call each side by side"
    )
    context: Literal["masked", "intact"] = Field(
        "masked",
        description="masked: turns to be written anew are hidden where they stand, as in the paper;"
        " intact: the dialogue stays as it is and the instruction names the turns, so that all of"
        " it is found in the prefix cache",
    )
    judge: bool = Field(True, description="False: the rules alone decide whether a fill is adopted")
    reasons: bool = Field(True, description="False: the judge answers in one word, without reasons")
    sampling: Sampling = Sampling()

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered("injections", self.injections)
        if self.injections[1] > 0 and not any(self.mix.weights().values()):
            raise ValueError("mix: every weight is 0, yet injections are asked for")
        return self


class SimulationConfig(Section):
    """The autoregressive multi-agent baseline, in place of stages 1.2 and 2 (`method`)."""

    assistant: Literal["free", "guided"] = Field(
        "free",
        description="free: decides by itself among calls and a reply, without knowing the plan;"
        " guided: is told the next planned calls, and its grammar admits no others (the help that"
        " a skeleton has; for weak models)",
    )
    extra_actions: Positive = Field(
        6,
        description="turn limit: actions of the assistant per sub-task beyond those planned, after"
        " which the dialogue fails",
    )
    sampling: Sampling = Sampling()


Expert = Literal[
    "hallucination",
    "consistency",
    "tool_response",
    "tool_choice",
    "completion",
    "naturalness",
    "clarification",
]


class VerificationConfig(Section):
    """Stage 3: rules, and experts as independent questions."""

    experts: tuple[Expert, ...] = Field(
        (
            *("hallucination", "consistency", "tool_response", "tool_choice"),
            *("completion", "naturalness", "clarification"),
        ),
        description="questions put to the model; empty: rules only",
    )
    decisive: tuple[Expert, ...] | None = Field(
        None,
        description="experts that count for the verdict (default: all of them); [] records only",
    )
    aggregation: Literal["all", "majority", "weighted"] = "all"
    weights: dict[Expert, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="for `weighted`: an expert's weight (default 1)"
    )
    threshold: Fraction = Field(0.5, description="for `weighted`: share of weight that must pass")
    reasons: bool = Field(True, description="False: experts answer in one word, without reasons")
    off: tuple[str, ...] = Field((), description="rules that are not applied, by name")
    sampling: Sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=96, attempts=2)

    @model_validator(mode="after")
    def _check(self) -> Self:
        unknown = set(self.decisive or ()) - set(self.experts)
        if unknown:
            raise ValueError(f"decisive: {sorted(unknown)} not among experts {list(self.experts)}")
        return self


class VllmConfig(Section):
    """vLLM engines in Ray actors."""

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
    cpu_cores: str = Field("", description="cores to bind, such as `0,1` (default: all)")
    args: dict[str, Any] = Field(
        default_factory=dict, description="further AsyncEngineArgs by name, passed as they are"
    )


class ScriptedFailures(Section):
    """Failures to order from the scripted engine, for tests of the failure policy."""

    crash_on: str = Field("", description="dialogue whose requests kill the engine's process")
    crash_after: Positive | None = Field(
        None, description="requests after which the process dies, counted from each start"
    )
    hang_on: str = Field(
        "", description="dialogue whose requests stop the engine: nothing is answered any more"
    )


class ScriptedConfig(Section):
    """A model-free engine: schema-conforming texts from the seed, with latency and failures."""

    kind: Literal["scripted"]
    model: str = "scripted"
    replicas: Positive = 1
    max_num_seqs: Positive = Field(256, description="requests served at once; the rest queue")
    seconds_per_call: Annotated[float, Field(ge=0)] = Field(0.0, description="median latency")
    seconds_per_token: Annotated[float, Field(ge=0)] = Field(0.0, description="added per token")
    spread: Annotated[float, Field(ge=0)] = Field(0.0, description="sigma of lognormal latency")
    unreadable: Fraction = Field(0.0, description="share of answers that are cut off")
    flawed: Fraction = Field(0.0, description="share of experts' verdicts that are unfavourable")
    fail: ScriptedFailures = ScriptedFailures()


class OpenAIConfig(Section):
    """Any OpenAI-compatible endpoint; the key comes from the environment alone."""

    kind: Literal["openai"]
    model: str
    urls: Annotated[tuple[str, ...], Field(min_length=1)] = Field(description="base URLs, with /v1")
    key_env: str = Field("OPENAI_API_KEY", description="environment variable that holds the key")
    concurrency: Positive = Field(
        32, description="most requests at once per URL, adapted downwards"
    )
    timeout: Annotated[float, Field(gt=0)] = Field(120.0, description="seconds per request")
    args: dict[str, Any] = Field(
        default_factory=dict,
        description="further fields of the request body; null leaves one of ours out"
        " (`seed: null` for an endpoint that knows no seed)",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        for url in self.urls:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("urls: each is a base URL such as https://host/v1")
            if parts.username or parts.password:
                raise ValueError("urls: a URL with a password in it; use the variable of key_env")
        return self

    @property
    def replicas(self) -> int:
        """One engine per URL."""
        return len(self.urls)


EngineConfig = Annotated[VllmConfig | ScriptedConfig | OpenAIConfig, Field(discriminator="kind")]


class ExportConfig(Section):
    """What the dataset's card says beyond the run's own numbers."""

    title: str = Field("Multi-turn tool-calling dialogues", description="title of the card")
    license: str = Field("apache-2.0", description="licence of the dataset, as the Hub spells it")


class RunConfig(Section):
    """A whole run. The resolved settings are saved with its outputs."""

    run_dir: str = Field(description="directory of this run; the same directory continues it")
    output: str | None = Field(
        None,
        description="URL to which published shards and the dataset are copied, such as"
        " s3://bucket/run; an empty run_dir continues from there",
    )
    method: Literal["toolace_mt", "simulation"] = Field(
        "toolace_mt",
        description="how dialogues are made: the paper's stages 1 and 2, or turn by turn by"
        " simulated roles from the same plans (initialization's other settings, and"
        " refinement.injections and .mix, hold for it too)",
    )
    seed: int = 0
    dialogues: Positive = Field(8, description="dialogues planned")
    shard_size: Positive = Field(64, description="dialogues per shard; never changes the result")
    shards_in_flight: Positive | None = Field(
        None, description="shards worked on at once (default: enough to keep the engines full)"
    )
    tools: ToolsConfig = ToolsConfig()
    initialization: InitializationConfig = InitializationConfig()
    refinement: RefinementConfig = RefinementConfig()
    simulation: SimulationConfig = SimulationConfig()
    verification: VerificationConfig = VerificationConfig()
    engine: EngineConfig
    export: ExportConfig = ExportConfig()

    @field_validator("output")
    @classmethod
    def _check_output(cls, url: str | None) -> str | None:
        if url is None:
            return None
        protocol, found, place = url.partition("://")
        if not (found and protocol and place.strip("/")):
            raise ValueError("expected a URL with a place in it, such as s3://bucket/run")
        if urlsplit(url).password or "?" in url:
            raise ValueError(
                "a URL with a secret in it; the protocol's own variables hold credentials"
            )
        return url


def load_config(path: str | Path, overrides: list[str] | None = None) -> RunConfig:
    """Read a YAML file, merge `key=value` overrides, validate.

    Raises ConfigError, one line, for a missing or unreadable file, an unknown key, a wrong type or
    an impossible combination.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        loaded = OmegaConf.load(path)
        for override in overrides or []:
            key, equals, _ = override.partition("=")
            if not equals or not key:
                raise ConfigError(f"override {override!r}: expected key=value, such as seed=7")
            loaded = OmegaConf.merge(loaded, OmegaConf.from_dotlist([override]))
        plain = OmegaConf.to_container(loaded, resolve=True)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (YAMLError, OmegaConfBaseException, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path}: not valid YAML settings: {reason}") from error
    if not isinstance(plain, dict):
        raise ConfigError(f"{path}: expected a mapping of settings at the top level")
    return validate_config(plain, str(path))


def validate_config(plain: dict[Any, Any], where: str) -> RunConfig:
    """Validate settings given as plain dicts; `where` is named in the error."""
    try:
        return RunConfig.model_validate(plain)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_explain(error)}") from error


def _explain(error: ValidationError) -> str:
    first, *others = error.errors()
    tags = {"vllm", "scripted", "openai"}
    key = ".".join(str(part) for part in first["loc"] if part not in tags) or "settings"
    match first["type"]:
        case "extra_forbidden":
            text = "unknown setting; see `toolace-mt run --help` for all of them"
        case "missing":
            text = "is required and missing"
        case "union_tag_not_found":
            text = "`kind` is missing; expected one of vllm, scripted, openai"
        case _:
            value = repr(first["input"])
            got = "" if first["type"] == "value_error" else f", got {value[:80]}"
            text = first["msg"].removeprefix("Value error, ") + got
    more = f" (and {len(others)} more)" if others else ""
    return f"{key}: {text}{more}"
