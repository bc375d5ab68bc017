"""The dataset's card, written from the run's own numbers."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from toolace_mt.config import RunConfig
from toolace_mt.dataset.formats import FORMATS
from toolace_mt.dataset.licence import dataset_licence
from toolace_mt.dataset.profile import Profile, mean, median
from toolace_mt.run.costs import RoleCost, role_costs, total_cost
from toolace_mt.run.status import OUTCOMES, RunStatus
from toolace_mt.trajectory import INJECTIONS

_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))
_LABELS = {
    "toolace_mt": {"initialization": "initialized", "refinement": "refined"},
    "simulation": {"initialization": "given a plan", "simulation": "simulated"},
}
_SKELETONS = {
    "in_turn": "one call per sub-task, one after the other",
    "side_by_side": "one call per sub-task, side by side",
    "together": "one call for all sub-tasks",
    "drafted": "texts drafted from usage examples, all of them written anew in refinement",
}
FAILED = "failed"
"""Name of the config, and of its split, with the dialogues that could not be made."""
_LOCAL = ("run_dir", "shard_size", "shards_in_flight", "export")


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a dataset: formats, splits with dialogues, and how many dialogues failed.

    `digest` is that of the files. `datasets` caches a local folder by the header of its card, so
    the header must differ where the files do. `empty` are the formats and splits
    without a row: not every dialogue gives rows in every format. `pool` is the number of tools
    in the run's pool.
    """

    formats: tuple[str, ...]
    splits: tuple[str, ...]
    failed: int
    digest: str
    empty: frozenset[tuple[str, str]] = frozenset()
    pool: int = 0

    def configs(self) -> dict[str, dict[str, str]]:
        """Return for each config of `load_dataset` its files by split, the default first."""
        configs = {
            name: {
                split: f"{name}/{FORMATS[name].pattern(split)}"
                for split in self.splits
                if (name, split) not in self.empty
            }
            for name in self.formats
            if FORMATS[name].loadable
        }
        configs = {name: files for name, files in configs.items() if files}
        failed = {FAILED: {FAILED: f"{FAILED}/{FAILED}-*.parquet"}} if self.failed else {}
        return configs | failed


def render_card(config: RunConfig, status: RunStatus, profile: Profile, contents: Contents) -> str:
    """Return the card as Markdown, with the YAML header that `load_dataset` and the Hub read.

    The card depends on the dialogues and on the settings that decide them. Paths, addresses and
    shard sizes are left out.
    """
    settings = _settings(config)
    licences = profile.licenses.values()
    return (
        _environment()
        .get_template("card.md.j2")
        .render(
            export=config.export,
            contents=contents,
            formats={name: FORMATS[name] for name in contents.formats},
            license=dataset_licence(config.export.license, licences),
            initialization=config.initialization,
            refinement=config.refinement,
            verification=config.verification,
            settings=settings,
            simulated=config.method == "simulation",
            labels=_LABELS[config.method],
            skeletons=_SKELETONS,
            settings_json=json.dumps(settings, indent=2, ensure_ascii=False).replace("```", "'''"),
            model=settings["engine"]["model"],
            roles=_roles(config, status),
            status=status,
            profile=profile,
            outcomes=OUTCOMES,
            accepted=status.outcomes["accepted"],
            shape=_shape(profile),
            injections=INJECTIONS,
            edits=(*INJECTIONS, "refinement"),
            costs=profile.usage.values(),
            licenses=Counter(licences),
            limits=_limits(config, profile),
            size=next((name for bound, name in _SIZES if status.verified < bound), "n>1M"),
        )
    )


def _environment() -> Environment:
    folder = PurePath(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters.update(
        total=total_cost, cell=cell, of=_of, per=_per, mean=mean, median=median
    )
    return environment


def cell(text: object) -> str:
    """Return untrusted text for a cell of a table: one line, without markup, cut if too long."""
    line = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", str(text)).strip()
    line = line if len(line) <= 120 else f"{line[:117]}..."
    return re.sub(r"([\\|`<>\[\]*_~])", r"\\\1", line)


def _of(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"


def _per(amount: int, accepted: int) -> str:
    return f"{amount / accepted:,.1f}" if accepted else "-"


def _shape(profile: Profile) -> list[tuple[str, Counter[int]]]:
    return [
        ("turns", profile.turns),
        ("user turns", profile.user_turns),
        ("tool calls", profile.calls),
        ("injections", profile.injections),
        *_asked(profile),
    ]


def _asked(profile: Profile) -> Iterator[tuple[str, Counter[int]]]:
    """Yield how many outputs have to be read for arguments that the user does not tell, by kind."""
    for kind in sorted({kind for kind, reads in profile.asked if reads}):
        reads = Counter({n: count for (k, n), count in profile.asked.items() if k == kind})
        yield f"outputs read for each of {reads.total():,} {kind} arguments", reads


def _settings(config: RunConfig) -> dict[str, Any]:
    settings: dict[str, Any] = config.model_dump(mode="json")
    for key in _LOCAL:
        del settings[key]
    del settings["engines"], settings["roles"]
    settings |= config.deciding_engines()
    for engine in (settings["engine"], *settings.get("engines", {}).values()):
        engine["model"] = _without_folders(engine["model"])
    tools = settings["tools"]
    for key in ("source", "held_out"):
        tools[key] = _without_folders(tools[key])
    return settings


def _roles(config: RunConfig, status: RunStatus) -> list[RoleCost]:
    """Return what each role took, with models' names as a card may hold them."""
    costs = role_costs(config, status)
    return [replace(each, model=_without_folders(each.model)) for each in costs]


_FOLDERS = re.compile(r"(?:^|(?<=[\s:=]))/(?!/)(?:[^\s/]+/)*")


def _without_folders(named: Any) -> Any:
    """Return a path, or tool sources with paths in them, without this machine's folders."""
    if isinstance(named, list):
        return [_without_folders(each) for each in named]
    return _FOLDERS.sub("", named) if isinstance(named, str) else named


def _limits(config: RunConfig, profile: Profile) -> list[str]:
    limits = []
    if any(engine.kind == "scripted" for engine in config.all_engines.values()):
        limits.append(
            "**The texts come from the scripted engine, which knows no language.** This data"
            " exercises software; it is not for training."
        )
    if simulated := profile.statuses["simulated"]:
        share = _of(simulated, profile.statuses.total())
        limits.append(f"{share} of the tool outputs are simulated, not results of executed tools.")
    if not config.verification.experts:
        limits.append("No model judged these dialogues: rules alone accepted them.")
    elif config.verification.decisive == ():
        limits.append("The experts' answers are recorded only; rules alone decided.")
    if config.initialization.plan == "drawn":
        limits.append(
            "Plans are drawn: tools follow one another as their schemas link them, not as a story"
            " would."
        )
    if config.initialization.grounding == "constrained":
        limits.append(
            "Texts were written around given values, so values are stated literally more often"
            " than people would."
        )
    limits.append(
        "`datasets` reads JSON numbers through a fast parser: integers beyond 64 bits are stored as"
        " floats, and the last digit of a long float may differ."
    )
    return limits
