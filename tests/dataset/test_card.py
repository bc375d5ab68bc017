from dataclasses import replace

import yaml
from export_examples import FLIGHTS, dialogue, mixed, published, settings

from toolace_mt.dataset.card import cell
from toolace_mt.dataset.profile import mean, median
from toolace_mt.dataset.writer import write_dataset


def card(tmp_path, dialogues, **more) -> str:
    run = published(tmp_path / "run", dialogues, 2)
    folder = write_dataset(run, settings(run, len(dialogues), **more)).path
    return (folder / "README.md").read_text()


def lines(text) -> list[str]:
    return text.splitlines()


def test_numbers_are_those_of_the_run(tmp_path):
    text = card(tmp_path, mixed())
    for line in (
        "| planned | 5 | |",
        "| initialized | 4 | 80.0% |",
        "| accepted | 2 | 40.0% |",
        "| rejected | 1 | 20.0% |",
        "| undecided | 1 | 20.0% |",
        "| failed | 1 | 20.0% |",
        "**40.0%**. `train` holds the accepted dialogues;",
        "| sub-task #: cut off | 1 |",
        "| turns | 10.0 | 10 |",
        "| user turns | 3.0 | 3 |",
        "| tool calls | 3.0 | 3 |",
        "| travel | 2 |",
        "| clarification | 2 |",
        "| refinement | 4 | 0 |",
        "| repetition | 2 |",
        "| naturalness | 4 | 0 | 0 |",
        # four dialogues of 3 calls and the failed one of 4, for two accepted
        "| initialization | 8.0 | 600.0 | 33.3% | 120.0 |",
        "| Apache-2.0 | 1 |",
        "| MIT | 1 |",
    ):
        assert line in lines(text), line
    assert "66.7% of the tool outputs are simulated" in text


def test_says_how_plan_and_skeleton_were_made(tmp_path):
    told = card(tmp_path / "a", mixed())
    assert "tool-calling steps each,\n  written by the model." in told
    assert "- Initialization: one call per sub-task, one after the other\n" in told
    fast = {"plan": "drawn", "skeleton": "drafted", "values": "seeded", "grounding": "constrained"}
    told = card(tmp_path / "b", mixed(), initialization=fast)
    assert "  drawn from the seed along the links between tools." in told
    assert "- Initialization: texts drafted from usage examples" in told
    assert "- Plans are drawn:" in told


def test_header_is_valid_and_names_what_is_there(tmp_path):
    title = 'Calls: "quoted" # and | more\n---\nlicense: evil'
    text = card(tmp_path, mixed()[:1], export={"title": title, "license": "cc-by-4.0"})
    header = yaml.safe_load(text.split("\n---\n")[0].removeprefix("---\n"))
    assert header["pretty_name"] == title
    assert header["license"] == "cc-by-4.0"
    assert [config["config_name"] for config in header["configs"]] == ["openai", "plain"]
    assert header["configs"][0]["data_files"] == [
        {"split": "train", "path": "openai/train-*.parquet"}
    ]
    assert header["size_categories"] == ["n<1K"]


def test_untrusted_text_cannot_break_a_table(tmp_path):
    evil = "a | b\n| **x** | <script> `c` [l](http://x) \x1b[0m " + "y" * 500
    tool = replace(FLIGHTS, domain=evil, license=evil)
    made = replace(dialogue(), tools=(tool,))
    text = card(tmp_path, [made])
    row = next(line for line in lines(text) if line.startswith("| a \\| b"))
    assert row.replace("\\|", "").count("|") == 3
    assert len(row) < 250
    assert "<script>" not in text.replace("\\<", "")
    assert "\x1b" not in text
    assert cell("x\ny|z") == "x y\\|z"


def test_says_what_kind_of_data_it_is(tmp_path):
    text = card(tmp_path, [dialogue()], verification={"decisive": []})
    assert "scripted engine, which knows no language" in text
    assert "recorded only; rules alone decided" in text
    assert str(tmp_path) not in text
    assert "written whole, refined by mask-and-fill" in text


def test_a_simulated_run_says_so(tmp_path):
    run = published(tmp_path / "run", [dialogue()], 1)
    (run / "shards" / "refinement").rename(run / "shards" / "simulation")
    config = settings(run, 1, method="simulation")
    text = (write_dataset(run, config).path / "README.md").read_text()
    assert "| given a plan | 1 | 100.0% |\n| simulated | 1 | 100.0% |\n| accepted | 1 |" in text
    assert "turn by turn by simulated roles" in text
    assert "mask-and-fill" not in text


def test_no_accepted_dialogue_is_no_division_by_zero(tmp_path):
    text = card(tmp_path, [dialogue("d", "rejected")])
    assert "| initialization | - | - | 33.3% | - |" in lines(text)


def test_mean_and_median():
    from collections import Counter

    assert (mean(Counter()), median(Counter())) == (0, 0)
    values = Counter([1, 1, 2, 9])
    assert (mean(values), median(values)) == (3.25, 1)
    assert median(Counter([1, 2, 9])) == 2


def header(text) -> dict:
    return yaml.safe_load(text.split("\n---\n")[0].removeprefix("---\n"))


def test_a_licence_is_claimed_only_where_all_tools_state_it(tmp_path):
    mixed_tools = card(tmp_path / "a", mixed())
    assert header(mixed_tools)["license"] == "other"
    assert header(mixed_tools)["license_name"] == "licences-of-the-tools"
    assert "The tools state different licences, or not all state one" in mixed_tools
    assert "| MIT | 1 |" in lines(mixed_tools)
    one = replace(dialogue(), tools=(FLIGHTS, replace(dialogue().tools[1], license="Apache-2.0")))
    told = card(tmp_path / "b", [one], export={"model_license": "cc-by-nc-4.0"})
    assert header(told)["license"] == "apache-2.0"
    assert "license_name" not in header(told)
    assert "The data: apache-2.0. The model's licence: cc-by-nc-4.0." in told
    unstated = replace(dialogue(), tools=(FLIGHTS, replace(dialogue().tools[1], license="")))
    told = card(tmp_path / "c", [unstated], export={"license": "apache-2.0"})
    assert header(told)["license"] == "other"
    assert "| not stated | 1 |" in lines(told)
    assert "licence: not stated here" in told


def test_says_who_reads_each_format_and_what_is_marked(tmp_path):
    text = card(tmp_path, mixed(), export={"formats": ["sharegpt", "plain", "atif"]})
    rows = [line.split(" | ")[0] for line in lines(text) if line.startswith("| `")]
    assert rows == ["| `plain`", "| `sharegpt`", "| `atif`"]
    configs = header(text)["configs"]
    names = [(config["config_name"], config.get("default")) for config in configs]
    assert names == [("plain", True), ("sharegpt", None), ("failed", None)]
    assert configs[1]["data_files"][0] == {"split": "train", "path": "sharegpt/train/*.parquet"}
    assert "load_dataset" not in text.split("---")[2]  # the lines shown are for `openai`
    openai = card(tmp_path / "o", mixed())
    assert "from datasets import load_dataset  # 4.7 or newer" in openai


def test_says_what_the_ledger_holds(tmp_path):
    kept = "Texts were first\n  drafted from usage examples: writing them for the first time is no"
    fast = {"plan": "drawn", "skeleton": "drafted", "values": "seeded", "grounding": "constrained"}
    assert kept in card(tmp_path / "a", mixed(), initialization=fast)
    told = card(tmp_path / "b", mixed())
    assert kept not in told
    assert "`edits` has every injection and every fill that was proposed, adopted or not." in told


def test_no_key_address_or_fence_of_the_settings_gets_into_the_card(tmp_path):
    engine = {
        "kind": "openai",
        "model": "/home/me/models/secret-place/net",
        "urls": ["http://10.0.0.7:8000/v1"],
        "key_env": "MY_KEY",
    }
    tools = {"source": "a```b"}
    text = card(tmp_path, mixed(), engine=engine, tools=tools, export={"title": "``` `x`"})
    assert "secret-place" not in text
    assert "10.0.0.7" not in text
    assert "MY_KEY" not in text
    assert "- Model: net, engine `openai`" in text
    assert text.count("\n```") == 4  # two blocks, each opened and closed
