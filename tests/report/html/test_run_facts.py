import json
from pathlib import Path

import pytest
from report_pages import derived, run_of, sample

from toolace_mt.errors import RunDirError
from toolace_mt.report.html.run_facts import left_out, run_figures


def test_costs_by_role_and_samples(tmp_path: Path) -> None:
    figures = run_figures(run_of(tmp_path, [derived()], {}, [sample(2)]))
    assert figures["samples"] == [[1002.0, 1.0, 2.0, 8.0, 4.0, 30.0, 0.5]]
    (cost,) = figures["costs"]
    assert (cost["role"], cost["paid"]["calls"]) == ("texts", 7)
    assert figures["total"] == pytest.approx((1000 + 2 * 200) / 1e6)


def test_a_run_of_an_earlier_version_has_neither(tmp_path: Path) -> None:
    run_dir = run_of(tmp_path / "run", [derived()], {}, ["odd", {"time": "odd"}])
    settings = json.loads((run_dir / "config.yaml").read_text())
    (run_dir / "config.yaml").write_text(json.dumps(settings | {"no_such_setting": 1}))
    assert run_figures(run_dir) == {"samples": [], "costs": [], "total": None}
    (run_dir / "state" / "progress.json").unlink()
    assert run_figures(run_dir)["samples"] == []


def test_a_dataset_is_no_run(tmp_path: Path) -> None:
    assert run_figures(tmp_path) == {}
    assert left_out(tmp_path) == {}


def test_rows_left_out_are_told_or_their_file_is_damaged(tmp_path: Path) -> None:
    run_dir = run_of(tmp_path, [derived()], {"d-0": "quota: domain travel"}, [])
    assert left_out(run_dir) == {"d-0": "quota: domain travel"}
    (run_dir / "dataset" / "left_out.jsonl").write_text("3\n")
    with pytest.raises(RunDirError, match=r"left_out\.jsonl"):
        left_out(run_dir)
