import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest
from datasets import load_dataset
from export_examples import dialogue, mixed, published, settings
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.dataset.export import export_run
from toolace_mt.dataset.selection import left_out, over_quota, why
from toolace_mt.dataset.writer import write_dataset
from toolace_mt.errors import ConfigError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.status import read_status
from toolace_mt.run.status_text import outcome_lines
from toolace_mt.trajectory import Turn


def other(name: str, number: int):
    """A dialogue that says something of its own."""
    words = " ".join(f"word{number}x{n}" for n in range(60))
    first = Turn("user", words, subtask=0)
    made = dialogue(name)
    return replace(made, turns=(first, *made.turns[1:]))


def test_duplicates_are_left_out_counted_and_listed(tmp_path):
    dialogues = [*mixed(), other("e-0", 1), other("e-1", 2), other("e-2", 2)]
    run_dir = published(tmp_path / "run", dialogues, 2)
    config = settings(run_dir, 7, export={"similar": 0.9})
    (run_dir / "config.yaml").write_text(json.dumps(config.model_dump(mode="json")))
    summary = write_dataset(run_dir, config)
    assert (summary.train, summary.rejected, summary.failed) == (3, 2, 1)
    assert summary.left_out == {"exact duplicates": 2}
    listed = [json.loads(line) for line in (summary.path / "left_out.jsonl").open()]
    assert listed == [
        {"id": "d-3", "reason": "exact duplicate of d-0"},
        {"id": "e-2", "reason": "exact duplicate of e-1"},
    ]
    data = load_dataset(str(summary.path), split="train", cache_dir=str(tmp_path / "c"))
    assert data["id"][:] == ["d-0", "e-0", "e-1"]
    card = (summary.path / "README.md").read_text()
    assert "| exact duplicates | 2 |" in card
    assert "more alike than 0.9" in card
    status = read_status(RunDir(run_dir), 7, ("verification",))
    assert "  left out of the dataset: 2 exact duplicates" in [*outcome_lines(status)]
    assert export_run(run_dir).left_out == summary.left_out


@pytest.mark.parametrize("size", [1, 7])
def test_neither_shards_nor_processes_change_what_is_left_out(tmp_path, size):
    dialogues = [other(f"e-{n}", n % 7) for n in range(20)]
    run_dir = published(tmp_path / "run", dialogues, size)
    config = settings(run_dir, 20, export={"similar": 0.9, "domain_share": 1.0}).export
    for processes in (0, 2):
        assert [*left_out(RunDir(run_dir), config, processes)] == [f"e-{n}" for n in range(7, 20)]


labels = st.sets(st.sampled_from(["domain a", "domain b", "domain c", "injection x"]), max_size=3)


@given(st.lists(labels, max_size=40), st.floats(0.1, 1), st.floats(0.1, 1))
def test_after_quotas_no_label_has_more_than_its_share(rows, domain, injection):
    quotas = {"domain": domain, "injection": injection}
    kept = {str(n): tuple(sorted(each)) for n, each in enumerate(rows)}
    with suppress(ConfigError):  # few rows, all of one label
        check_quotas(kept, quotas, over_quota(kept, quotas))


def check_quotas(kept, quotas, reasons) -> None:
    rest = [each for id, each in kept.items() if id not in reasons]
    counts = Counter(label for each in rest for label in each)
    assert all(n <= quotas[label.split()[0]] * len(rest) + 1e-6 for label, n in counts.items())
    assert all(reason.removeprefix("quota: ") in kept[id] for id, reason in reasons.items())
    assert why(reasons)["over quota"] == len(reasons)


def test_no_more_than_needed_is_left_out_and_the_last_first():
    kept = {str(n): ("domain a",) for n in range(8)} | {"x": ("domain b",), "y": ()}
    assert [*over_quota(kept, {"domain": 0.5})] == ["2", "3", "4", "5", "6", "7"]
    assert over_quota(kept, {"domain": 0.8}) == {}


def test_a_quota_that_cannot_be_kept_says_so(tmp_path):
    run_dir = published(tmp_path / "run", [other(f"e-{n}", n) for n in range(4)], 2)
    config = settings(run_dir, 4, export={"domain_share": 0.3})
    with pytest.raises(ConfigError, match=r"export\.domain_share: 0\.3: .*raise it"):
        write_dataset(run_dir, config)
