"""Settings of a whole run."""

import re
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from toolace_mt.config.batch import BatchConfig
from toolace_mt.config.engine import EngineSection
from toolace_mt.config.engines import EngineConfig
from toolace_mt.config.initialization import InitializationConfig
from toolace_mt.config.refinement import RefinementConfig
from toolace_mt.config.roles import Role, role_of
from toolace_mt.config.section import Positive, Section, Share
from toolace_mt.config.stages import SimulationConfig, VerificationConfig
from toolace_mt.config.tools import ToolsConfig

STAGES: dict[str, tuple[str, ...]] = {
    "toolace_mt": ("initialization", "refinement", "verification"),
    "simulation": ("initialization", "simulation", "verification"),
}
"""The stages of each method in order; each reads what the one before it published."""

MAIN = "engine"
"""The name of the engine that plays every role without one of its own."""


class ExportConfig(Section):
    """The dataset's formats, what its card says beyond the run's own numbers, where it goes."""

    formats: tuple[str, ...] = Field(
        ("openai", "plain"),
        description="formats that the dataset is written in; `toolace-mt export --help` lists them"
        " and writes others later",
    )
    similar: Share | None = Field(
        0.9,
        description="similarity from which on an accepted dialogue repeats an earlier one, and is"
        " left out of the dataset; 1: exact duplicates alone, null: none",
    )
    injection_share: Share = Field(
        1.0, description="largest share of the dataset's rows with injections of the same kind"
    )
    domain_share: Share = Field(
        1.0, description="largest share of the dataset's rows that call tools of the same domain"
    )
    decontaminate: tuple[str, ...] = Field(
        (),
        description="files of evaluation questions (a text on each line, or JSON rows such as those"
        " of BFCL, tau-bench or ACEBench): dialogues in which a user asks one are left out",
    )
    title: str = Field("Multi-turn tool-calling dialogues", description="title of the card")
    license: str | None = Field(
        None,
        description="licence of the dataset, as the Hub spells it (default: that of the tools if"
        " all state the same one, else `other`)",
    )
    model_license: str = Field("", description="licence of the model, for the card")
    push_to: str | None = Field(
        None,
        description="dataset repository on the Hugging Face Hub, such as me/dialogues, to which a"
        " finished run pushes; a new one is private",
    )


class BudgetConfig(Section):
    """What a run with `accepted` may cost; it ends with fewer when any of these is spent."""

    dialogues: Positive | None = Field(
        None, description="dialogues planned at most (default: 4 for each one of `accepted`)"
    )
    calls: Positive | None = Field(
        None,
        description="model calls; waves are planned to stay within, at the cost of those so far",
    )
    tokens: Positive | None = Field(
        None, description="tokens of prompts and outputs; waves are planned to stay within"
    )


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
    seed: int = Field(0, description="decides every draw; another seed gives other dialogues")
    dialogues: Positive | None = Field(
        8, description="dialogues planned; null with `accepted`, which plans as many as it takes"
    )
    accepted: Positive | None = Field(
        None,
        description="accepted dialogues wanted in the dataset: dialogues are planned in waves until"
        " there are so many, or the budget is spent; excludes `dialogues`",
    )
    budget: BudgetConfig = BudgetConfig()
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
    engines: dict[str, EngineConfig] = Field(
        default_factory=dict, description="further engines by name, for `roles`"
    )
    roles: dict[Role, str] = Field(
        default_factory=dict,
        description="which of `engines` plays a role, such as experts=NAME; `engine` plays all"
        " others. plan: sub-tasks; values: calls and outputs; texts: all that is said, and"
        " injections; judge; experts; user, assistant and tool of method simulation",
    )
    export: ExportConfig = ExportConfig()

    @model_validator(mode="before")
    @classmethod
    def _plan_something(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("dialogues") is not None:
            return given
        return {**given, "dialogues": None if given.get("accepted") is not None else 8}

    @model_validator(mode="after")
    def _check_goal(self) -> Self:
        if self.dialogues is not None and self.accepted is not None:
            raise ValueError(
                f"dialogues: {self.dialogues} plans that many, accepted: {self.accepted} as many as"
                " it takes; leave one of them out, such as with dialogues=null"
            )
        if self.accepted is None and self.budget != BudgetConfig():
            raise ValueError("budget: is for a run with `accepted`; set that, or leave it out")
        return self

    @model_validator(mode="after")
    def _check_live(self) -> Self:
        if self.tools.live is not None and self.method == "simulation":
            raise ValueError(
                "tools.live: method simulation makes up what tools return; leave one of them out"
            )
        return self

    @model_validator(mode="after")
    def _check_system(self) -> Self:
        if self.initialization.system and self.method == "simulation":
            raise ValueError("initialization.system: method simulation knows no system prompts")
        return self

    @model_validator(mode="after")
    def _check_roles(self) -> Self:
        for name in self.engines:
            if not re.fullmatch(r"[A-Za-z0-9_]+", name) or name == MAIN:
                raise ValueError(f"engines: {name!r}: take another name, of letters and digits")
        for role, name in self.roles.items():
            if name not in self.all_engines:
                known = ", ".join(self.all_engines)
                raise ValueError(f"roles.{role}: no engine is called {name!r}; there are {known}")
        if unused := sorted(self.engines.keys() - set(self.roles.values())):
            raise ValueError(f"engines.{unused[0]}: plays no role; give it one, or leave it out")
        batches = {isinstance(engine, BatchConfig) for engine in self.all_engines.values()}
        if len(batches) > 1:
            raise ValueError("engines: either all of kind batch or none, since they wait in rounds")
        return self

    @property
    def all_engines(self) -> dict[str, EngineSection]:
        """All engines by name; that of `engine` is `MAIN`."""
        return {MAIN: self.engine, **self.engines}

    def deciding_engines(self) -> dict[str, Any]:
        """Return the settings of engines and roles that decide the rows; none that are empty."""
        others = {name: engine.deciding() for name, engine in self.engines.items()}
        more = {"engines": others, "roles": dict(self.roles)}
        return {MAIN: self.engine.deciding(), **{name: held for name, held in more.items() if held}}

    def engine_for(self, stage: str, kind: str) -> str:
        """Return the name of the engine that answers requests of a stage and kind."""
        return self.roles.get(role_of(stage, kind), MAIN)

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
