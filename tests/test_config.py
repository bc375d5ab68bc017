import re
from pathlib import Path

import pytest

from toolace_mt.config import load_config
from toolace_mt.config.refinement import PAPERS
from toolace_mt.errors import ConfigError
from toolace_mt.trajectory import INJECTIONS

CONFIGS = Path(__file__).parents[1] / "configs"
MINIMAL = "run_dir: runs/x\nengine: {kind: scripted}\n"


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(MINIMAL)
    return path


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_config_loads(path: Path) -> None:
    assert load_config(path).dialogues > 0


def test_paper_config_is_the_published_setting() -> None:
    config = load_config(CONFIGS / "paper.yaml")
    assert config.dialogues == 8000
    assert config.initialization.subtasks == (2, 5)
    assert config.initialization.steps == (1, 6)
    assert config.refinement.injections == (1, 3)
    assert config.refinement.passes == 5
    assert config.refinement.selection == "uniform"
    assert (config.initialization.grounding, config.initialization.values) == ("free", "model")


def test_off_needs_no_quotes(minimal: Path) -> None:
    minimal.write_text(MINIMAL + "verification: {off: [too_many_calls]}\n")
    with_quotes = minimal.with_name("quoted.yaml")
    with_quotes.write_text(MINIMAL + 'verification: {"off": [too_many_calls]}\n')
    assert load_config(minimal).verification.off == ("too_many_calls",)
    assert load_config(minimal) == load_config(with_quotes)


def test_overrides_win(minimal: Path) -> None:
    config = load_config(minimal, ["seed=7", "refinement.mix.non_fc=0", "tools.related=[2,4]"])
    assert config.seed == 7
    assert "non_fc" not in config.refinement.mix.weights()
    assert len(config.refinement.mix.weights()) == len(INJECTIONS) - 1
    assert config.tools.related == (2, 4)


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("bogus=1", "bogus: unknown setting"),
        ("engine.replicaz=3", "engine.replicaz: unknown setting"),
        ("seed=many", "seed: "),
        ("initialization.steps=[3,1]", "steps: the first of"),
        ("initialization.steps=[0,1]", "at least one sub-task of one step"),
        ("engine.kind=other", "engine: "),
        ("refinement.mix.sarcasm=1", "refinement.mix.sarcasm"),
        ("verification.decisive=[completion]\nx", "verification.decisive"),
        ("dialogues", "expected key=value"),
        ("=3", "expected key=value"),
        ("initialization.languages={xx: 1}", "initialization.languages.xx: "),
        ("export.decontaminate=questions.txt", "expected a list, such as [a, b]"),
        ("seed=${nowhere}", "not valid YAML settings"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_key(
    minimal: Path, override: str, named: str
) -> None:
    if "\n" in override:
        minimal.write_text(MINIMAL + "verification: {experts: [], decisive: [completion]}\n")
        override, named = "seed=1", "decisive: "
    with pytest.raises(ConfigError) as caught:
        load_config(minimal, [override])
    assert named in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "just words", ""])
def test_a_file_that_is_no_mapping_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert "\n" not in caught.value.message
    assert "bad.yaml" in caught.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_config(tmp_path / "nowhere.yaml")


def test_one_core_may_be_written_as_a_number(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("run_dir: runs/x\nengine: {kind: vllm, model: m, cpu_cores: 1}\n")
    assert load_config(path).engine.model_dump()["cpu_cores"] == "1"
    with pytest.raises(ConfigError, match="cpu_cores"):
        load_config(path, ["engine.cpu_cores=true"])


def test_settings_of_earlier_versions_that_change_nothing_are_dropped(minimal: Path) -> None:
    retired = "initialization: {answers: named}\nverification: {weights: {}, threshold: 0.5}\n"
    now = load_config(minimal)
    minimal.write_text(MINIMAL + retired)
    assert load_config(minimal) == now


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("initialization.answers=compact", "answers: 'compact' is gone"),
        ("verification.threshold=0.7", "threshold: 0.7 is gone"),
        ("verification.aggregation=weighted", "verification.aggregation: "),
    ],
)
def test_settings_of_earlier_versions_that_ask_for_more_are_named(
    minimal: Path, override: str, named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        load_config(minimal, [override])


def test_a_mix_of_the_papers_four_kinds_leaves_the_others_out(minimal: Path) -> None:
    papers = dict.fromkeys(PAPERS, 1.0)
    minimal.write_text(MINIMAL + f"refinement: {{mix: {papers}}}\n")
    assert load_config(minimal).refinement.mix.weights() == papers
    more = load_config(minimal, ["refinement.mix.policy=2"]).refinement.mix.weights()
    assert more == {**papers, "policy": 2.0}


POLICY = """
domain: shop
role: a shop
rules:
  - {name: few, text: At most 5 pieces are sold, tools: [buy], then: refuse, when: [
      {argument: quantity, test: above, value: 5}]}
"""


def test_a_policy_file_becomes_part_of_the_settings(minimal: Path, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    given = ["initialization.system=true", f"initialization.policies=[starter,{file}]"]
    policies = load_config(minimal, given).initialization.policies
    assert [policy.domain for policy in policies][-2:] == ["weather", "shop"]
    assert policies[-1].rules[0].when[0].value == 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("At most 5 pieces are sold", "no more than 5.", "one English sentence"),
        ("test: above", "test: over", "rules.0.when.0.test"),
        ("{argument: quantity,", "{output: quantity,", "`argument`, or `output` and `by`"),
        ("tools: [buy]", "tools: []", "name at least one tool"),
        ("then: refuse", "then: refuse, why: me", "rules.0.why"),
        ("rules:", "rules: [", "not valid YAML"),
    ],
)
def test_a_policy_file_is_told_what_is_wrong_with_it(
    minimal: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.replace(old, new))
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        load_config(minimal, ["initialization.system=true", f"initialization.policies={file}"])
    assert "policy.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_policy_needs_a_system_prompt_that_tells_it(minimal: Path) -> None:
    with pytest.raises(ConfigError, match="system: true"):
        load_config(minimal, ["initialization.policies=[starter]"])
    with pytest.raises(ConfigError, match=r"nowhere.yaml: unreadable; expected a file or starter"):
        load_config(minimal, ["initialization.policies=[nowhere.yaml]"])
    with pytest.raises(ConfigError, match="method simulation"):
        load_config(minimal, ["initialization.system=true", "method=simulation"])
