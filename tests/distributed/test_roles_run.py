"""A whole run with an engine for a role of its own, on Ray."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_runs import POLICY, rows
from fake_stages import FAKE_STAGES
from rich.console import Console

from toolace_mt.config import RunConfig
from toolace_mt.distributed.driver import run

pytestmark = pytest.mark.usefixtures("ray_session")


def test_engines_of_several_kinds_are_started_and_each_role_asks_its_own(
    make_config: Callable[..., RunConfig], console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolace_mt.distributed.driver.write_dataset", lambda *_: None)
    big = {"kind": "scripted", "model": "big", "replicas": 2, "per_process": 2, "max_num_seqs": 4}
    roles = {"engines": {"big": big}, "roles": {"experts": "big"}}
    config = make_config(dialogues=20, **roles)
    status = run(config, FAKE_STAGES, POLICY, console)
    assert len(rows(config)) == 20
    calls = {role: paid.calls for role, paid in status.roles.items()}
    assert calls["experts"] == status.stages["verification"].paid.calls > 0
    assert sum(calls.values()) == sum(stage.paid.calls for stage in status.stages.values())
    engines = json.loads((Path(config.run_dir) / "state" / "engines.json").read_bytes())
    assert [each["model"] for each in engines] == ["scripted", "big", "big"]
    said = console.export_text()
    assert "starting 1 x scripted (scripted)" in said
    assert "starting 2 x big (scripted)" in said
