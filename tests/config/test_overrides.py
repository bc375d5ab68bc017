"""The engine is a choice apart from the preset, on the command line."""

from pathlib import Path

import pytest
import yaml

from toolace_mt.config import OpenAIConfig, ScriptedConfig, VllmConfig, load_config
from toolace_mt.errors import ConfigError

CONFIGS = Path(__file__).parents[2] / "configs"
PRESETS = sorted(CONFIGS.glob("*.yaml"))
URL = "http://127.0.0.1:8000/v1"
ENDPOINT = ["engine=endpoint", f"engine.url={URL}", "engine.model=m"]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("overrides", "kind"),
    [
        (ENDPOINT, OpenAIConfig),
        (ENDPOINT[::-1], OpenAIConfig),
        (["engine.kind=openai", f"engine.url={URL}", "engine.model=m"], OpenAIConfig),
        (["engine={kind: scripted}"], ScriptedConfig),
        (["engine=scripted"], ScriptedConfig),
        (["engine=vllm_gpu"], VllmConfig),
        (["engine=vllm_cpu", "engine.max_num_seqs=4"], VllmConfig),
    ],
)
def test_every_preset_runs_on_every_engine(preset: Path, overrides: list[str], kind: type) -> None:
    config = load_config(preset, overrides)
    assert type(config.engine) is kind
    if isinstance(config.engine, OpenAIConfig):
        assert (config.engine.model, config.engine.urls) == ("m", (URL,))
        assert config.engine.args == {}
    plain = load_config(preset).model_dump(exclude={"engine"})
    assert config.model_dump(exclude={"engine"}) == plain


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    engine = {"kind": "openai", "model": "m", "urls": ["http://a/v1", "http://b/v1"], "timeout": 9}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"run_dir": "x", "engine": engine}, sort_keys=False))
    return path


@pytest.mark.parametrize(
    ("overrides", "urls"),
    [
        (["engine.url=http://c/v1"], ["http://c/v1"]),
        (["engine.urls=http://c/v1"], ["http://c/v1"]),
        (["engine.urls=[http://c/v1]"], ["http://c/v1"]),
        (["engine.urls.0=http://c/v1"], ["http://c/v1", "http://b/v1"]),
        (["engine.urls.2=http://c/v1"], ["http://a/v1", "http://b/v1", "http://c/v1"]),
        (["engine.url=http://c/v1", "engine.urls.0=http://d/v1"], ["http://d/v1"]),
        ([*ENDPOINT, "engine.urls.0=http://c/v1"], ["http://c/v1"]),
    ],
)
def test_urls_are_given_one_by_one_or_as_a_list(
    preset: Path, overrides: list[str], urls: list[str]
) -> None:
    engine = load_config(preset, overrides).engine
    assert isinstance(engine, OpenAIConfig)
    assert list(engine.urls) == urls


def test_an_engine_beside_the_preset_comes_before_those_that_are_shipped(preset: Path) -> None:
    engines = preset.parent / "engines"
    engines.mkdir()
    (engines / "endpoint.yaml").write_text(f"{{kind: openai, model: ours, url: '{URL}'}}")
    assert load_config(preset, ["engine=endpoint"]).engine.model == "ours"
    by_file = load_config(preset, [f"engine={engines}/endpoint.yaml"]).engine
    assert isinstance(by_file, OpenAIConfig)
    assert by_file.timeout == 120.0  # nothing is left of the preset's own


def test_what_both_kinds_have_is_kept_but_not_what_only_sounds_alike(preset: Path) -> None:
    overrides = ["engine.kind=openai", "engine.args.seed=null", "engine.concurrency=2"]
    engine = load_config(preset, overrides).engine
    assert isinstance(engine, OpenAIConfig)
    assert (engine.timeout, engine.args, engine.concurrency) == (9, {"seed": None}, 2)
    preset.write_text(preset.read_text() + "  args: {user: me}\n")
    loaded = load_config(preset, ["engine.kind=vllm"]).engine
    assert loaded == VllmConfig(kind="vllm", model="m")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ["engine=openai"],
            "engine=openai: expected batch, endpoint, .*engine.url=.*NAME",
        ),
        (["engine=nowhere.yaml"], "engine=nowhere.yaml: expected"),
        (["engine=endpoint"], "engine.model: is required and missing, such as engine.url=http"),
        ([*ENDPOINT, "engine.tensor_parallel=2"], "engine.tensor_parallel: unknown setting"),
        (["engine.urls.7=x"], "override engine.urls.7=x: engine.urls has 2 items"),
        (["engine.timeout.1=x"], "engine.timeout has 0 items"),
        (["engine.url=h:1"], "urls: expected a base URL"),
        (["engine.kind=nothing"], "engine"),
        (["engine.url"], "expected key=value"),
    ],
)
def test_what_is_wrong_is_one_line_of_help(preset: Path, overrides: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as raised:
        load_config(preset, overrides)
    assert "\n" not in raised.value.message


def test_both_ways_to_give_urls_in_one_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "both.yaml"
    path.write_text(
        f"run_dir: x\nengine: {{kind: openai, model: m, url: '{URL}', urls: ['{URL}']}}"
    )
    with pytest.raises(ConfigError, match="url and urls: give one of them"):
        load_config(path)


def test_a_goal_on_the_command_line_takes_the_place_of_the_presets(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("run_dir: r\ndialogues: 8000\nengine: {kind: scripted}\n")
    config = load_config(path, ["accepted=20"])
    assert (config.accepted, config.dialogues) == (20, None)
    path.write_text("run_dir: r\naccepted: 50\nengine: {kind: scripted}\n")
    assert load_config(path).dialogues is None
    assert load_config(path, ["dialogues=10"]).accepted is None
    with pytest.raises(ConfigError, match="leave one of them out"):
        load_config(path, ["accepted=20", "dialogues=10"])
