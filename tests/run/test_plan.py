import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.config import RunConfig, validate_config
from toolace_mt.config.engines import ENGINES
from toolace_mt.config.retired import ADDED
from toolace_mt.errors import ConfigError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import FREE, Plan, deciding_settings, empty_dialogues, make_plan, read_plan
from toolace_mt.run.prepare import continued


def config(path: Path, **changes: object) -> RunConfig:
    engine = {"kind": "scripted", **changes.pop("engine", {})}  # type: ignore[dict-item]
    return validate_config({"run_dir": str(path), "engine": engine, **changes}, "test")


def plan(ends: tuple[int, ...], shard_size: int) -> Plan:
    return Plan(0, shard_size, ends, {}, "", {})


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=4, unique=True).map(sorted),
    st.integers(1, 70),
)
def test_every_dialogue_is_in_exactly_one_shard(ends: list[int], size: int) -> None:
    shards = list(plan(tuple(ends), size).shards())
    numbers = [n for s in shards for n in range(s.first, s.first + s.count)]
    assert numbers == list(range(ends[-1]))
    assert [s.index for s in shards] == list(range(len(shards)))
    assert all(1 <= s.count <= size for s in shards)


@given(st.integers(0, 2**40), st.integers(1, 50), st.integers(1, 50))
def test_ids_and_seeds_do_not_depend_on_the_shard(seed: int, size: int, other: int) -> None:
    def dialogues(size: int) -> list[object]:
        return [d for s in plan((120,), size).shards() for d in empty_dialogues(seed, s)]

    assert dialogues(size) == dialogues(other)
    assert len({d.id for d in dialogues(size)}) == len({d.seed for d in dialogues(size)}) == 120


def test_the_same_settings_continue_and_raised_dialogues_come_in_new_shards(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    first = make_plan(run, config(tmp_path, dialogues=10, shard_size=4), b"")
    assert make_plan(run, config(tmp_path, dialogues=10, shard_size=4), b"") == first
    raised = make_plan(run, config(tmp_path, dialogues=13, shard_size=4), b"")
    assert list(raised.shards())[:3] == list(first.shards())
    assert [(s.first, s.count) for s in list(raised.shards())[3:]] == [(10, 3)]
    with pytest.raises(ConfigError, match="dialogues: 13 were planned here, got 12"):
        make_plan(run, config(tmp_path, dialogues=12, shard_size=4), b"")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"seed": 1}, "seed: .*0, got 1"),
        ({"shard_size": 5}, "shard_size: .*64, got 5"),
        ({"refinement": {"passes": 2}}, "refinement.passes: .*5, got 2"),
    ],
)
def test_a_setting_that_decides_the_rows_may_not_change(
    tmp_path: Path, changes: dict[str, object], name: str
) -> None:
    make_plan(RunDir(tmp_path), config(tmp_path), b"")
    with pytest.raises(ConfigError, match=name):
        make_plan(RunDir(tmp_path), config(tmp_path, **changes), b"")


def test_settings_of_speed_may_change(tmp_path: Path) -> None:
    make_plan(RunDir(tmp_path), config(tmp_path), b"")
    faster = {"replicas": 3, "per_process": 3, "max_num_seqs": 7, "seconds_per_call": 0.5}
    make_plan(RunDir(tmp_path), config(tmp_path, shards_in_flight=9, engine=faster), b"")


def test_what_is_free_and_what_decides_are_settings() -> None:
    assert set(RunConfig.model_fields) >= FREE
    for section in ENGINES.values():
        assert {"kind", "model"} <= section.decides <= set(section.model_fields)


def test_what_decides_of_each_engine(tmp_path: Path) -> None:
    """Runs on disk say these names, and are continued only as long as they stay."""
    engines = {
        "vllm": ({"model": "m", "args": {"block_size": 16}}, "model max_model_len args.block_size"),
        "scripted": ({"fail": {"crash_on": "x"}}, "model unreadable flawed"),
        "openai": ({"model": "m", "urls": ["http://h/v1"]}, "model args"),
        "batch": ({"model": "m", "url": "http://h/v1"}, "model args"),
    }
    assert engines.keys() == ENGINES.keys()
    for kind, (more, names) in engines.items():
        settings = deciding_settings(config(tmp_path, engine={"kind": kind, **more}))
        found = {name for name in settings if name.startswith("engine.")}
        assert found == {f"engine.{name}" for name in ("kind", *names.split())}
        assert {"seed", "shard_size", "method", "tools.source"} <= settings.keys()
        assert "dialogues" not in settings


@pytest.mark.parametrize("was", ["named", "compact"])
def test_a_run_of_an_earlier_version_continues_unless_it_asked_for_what_is_gone(
    tmp_path: Path, was: str
) -> None:
    run, now = RunDir(tmp_path), config(tmp_path)
    made = make_plan(run, now, b"")
    retired = {"initialization.answers": was, "verification.weights": {}}
    earlier = replace(made, settings={**made.settings, **retired, "verification.threshold": 0.5})
    run.manifest.write_text(json.dumps(asdict(earlier)))
    if was == "named":
        assert make_plan(run, now, b"") == made
    else:
        with pytest.raises(ConfigError, match=r"initialization.answers: .*'compact', got 'named'"):
            make_plan(run, now, b"")


def test_a_run_begun_before_a_setting_existed_continues_as_long_as_it_is_left_out(
    tmp_path: Path,
) -> None:
    run, now = RunDir(tmp_path), config(tmp_path)
    made = make_plan(run, now, b"")
    assert ADDED.keys() <= made.settings.keys()
    before = {name: value for name, value in made.settings.items() if name not in ADDED}
    run.manifest.write_text(json.dumps(asdict(replace(made, settings=before))))
    left_out = continued(run, config(tmp_path))
    assert left_out.initialization.arguments.told == 1.0
    assert not left_out.initialization.arguments.asks
    found = make_plan(run, left_out, b"").settings
    assert {name: found[name] for name in ADDED} == ADDED
    run.manifest.write_text(json.dumps(asdict(replace(made, settings=before))))
    given = config(tmp_path, refinement={"mix": {"confirmation": 0.4, "policy": 0.2}})
    words = (
        r"refinement.mix.confirmation: .* 0.0, got 0.4 \(different as well: refinement.mix.policy"
    )
    with pytest.raises(ConfigError, match=words):
        make_plan(run, continued(run, given), b"")


def test_another_engine_continues_a_run_that_has_made_nothing_yet(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    make_plan(run, config(tmp_path, engine={"model": "mispelt"}), b"")
    opened = run.journal("initialization", 0) / "1-0.jsonl"
    opened.parent.mkdir(parents=True)
    opened.touch()
    mended = make_plan(run, config(tmp_path, engine={"model": "right"}), b"")
    assert mended.settings["engine.model"] == "right"
    assert read_plan(run) == mended
    with pytest.raises(ConfigError, match="seed: "):
        make_plan(run, config(tmp_path, engine={"model": "right"}, seed=1), b"")
    opened.write_text("{}\n")
    with pytest.raises(ConfigError, match=r"engine\.model: .*'right', got 'other'"):
        make_plan(run, config(tmp_path, engine={"model": "other"}), b"")
