import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psutil
import pytest
from fake_runs import POLICY, check_complete, rows
from fake_stages import FAKE_STAGES
from rich.console import Console

from toolace_mt.config import RunConfig
from toolace_mt.distributed import driver as driver_module
from toolace_mt.distributed.driver import run
from toolace_mt.distributed.fleet.health import EngineHealth
from toolace_mt.distributed.shard_task import ShardOrder
from toolace_mt.errors import EngineError, RunDirError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import Plan
from toolace_mt.run.status import OUTCOMES, status_of
from toolace_mt.run.status_text import outcome_lines, too_few

SCRIPT = Path(__file__).parents[1] / "driver_script.py"


@pytest.fixture(autouse=True)
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dialogues of the fake stages are no dialogues that could be exported."""
    monkeypatch.setattr("toolace_mt.distributed.driver.write_dataset", lambda *_: None)


@pytest.mark.usefixtures("ray_session")
class TestRun:
    def test_the_result_does_not_depend_on_shards_or_engines(
        self, make_config: Callable[..., RunConfig], console: Console
    ) -> None:
        one = make_config("one", dialogues=200, shard_size=64)
        two = make_config("two", dialogues=200, shard_size=7, engine={"replicas": 3})
        first, second = (run(config, FAKE_STAGES, POLICY, console) for config in (one, two))
        assert rows(one) == rows(two)
        check_complete(one)
        assert first.outcomes.keys() == set(OUTCOMES)
        assert first.outcomes.total() == first.planned
        assert (first.outcomes, first.failures) == (second.outcomes, second.failures)

    def test_continuing_a_finished_run_makes_nothing_and_raising_it_makes_the_rest(
        self, make_config: Callable[..., RunConfig], console: Console
    ) -> None:
        config = make_config(dialogues=20)
        run(config, FAKE_STAGES, POLICY, console)
        before = rows(config)
        shards = sorted(Path(config.run_dir).glob("shards/*/*.arrow"))
        stamps = [path.stat().st_mtime_ns for path in shards]
        run(config, FAKE_STAGES, POLICY, console)
        more = make_config(dialogues=50)
        assert run(more, FAKE_STAGES, POLICY, console).planned == 50
        assert stamps == [path.stat().st_mtime_ns for path in shards]
        assert rows(more)[:20] == before
        check_complete(more)
        assert "continuing: of 20 dialogues published: initialization 20" in console.export_text()

    def test_dialogues_are_planned_until_enough_are_accepted_also_after_a_kill(
        self, make_config: Callable[..., RunConfig], console: Console
    ) -> None:
        asked = {"dialogues": None, "accepted": 12, "shard_size": 8, "export": {"similar": None}}
        config = make_config(**asked, budget={"dialogues": 200})
        status = run(config, FAKE_STAGES, POLICY, console)
        assert 12 <= status.rows <= 24
        check_complete(config, status.planned)
        assert "12 accepted dialogues asked for" in " ".join(outcome_lines(status))
        whole, run_dir = rows(config), RunDir(Path(config.run_dir))
        manifest = json.loads(run_dir.manifest.read_text())
        assert len(manifest["ends"]) > 1
        # Killed after the first wave, before the second was planned; and within the second.
        for ends, kept in ((1, 2), (len(manifest["ends"]), 3)):
            for path in (p for stage in FAKE_STAGES for p in run_dir.shards(stage)[kept:]):
                path.unlink()
            shortened = {**manifest, "ends": manifest["ends"][:ends]}
            run_dir.manifest.write_text(json.dumps(shortened))
            assert run(config, FAKE_STAGES, POLICY, console).planned == manifest["ends"][-1]
            assert json.loads(run_dir.manifest.read_text()) == manifest
            assert rows(config) == whole
        too_much = make_config("few", **asked, budget={"dialogues": 10})
        status = run(too_much, FAKE_STAGES, POLICY, console)
        assert status.planned == 10
        assert "12 accepted dialogues asked for, and the budget is spent" in too_few(status)

    def test_shards_know_how_many_are_abreast_and_tasks_bear_the_names_of_stages(
        self,
        make_config: Callable[..., RunConfig],
        console: Console,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        names, orders = set[str](), list[ShardOrder]()
        real = driver_module.shard_task

        class Watched:
            def options(self, name: str) -> "Watched":
                names.add(name)
                return self

            def remote(self, order: ShardOrder, *others: Any) -> Any:
                orders.append(order)
                return real.remote(order, *others)

        monkeypatch.setattr(driver_module, "shard_task", Watched())
        config = make_config(dialogues=16, shard_size=4, shards_in_flight=3)
        run(config, FAKE_STAGES, POLICY, console)
        # Ray keeps numbers for every name that there has been, so no shard has one of its own.
        assert names == {f"{stage}_shard" for stage in FAKE_STAGES}
        abreast = [order.abreast for order in orders]
        assert abreast[:3] == [3, 3, 3]
        assert abreast[-1] < 3  # the others have ended meanwhile
        few = make_config("few", dialogues=4, shard_size=4, shards_in_flight=3)
        orders.clear()
        run(few, FAKE_STAGES, POLICY, console)
        assert {order.abreast for order in orders} == {1}

    def test_signals_are_handled_afterwards_as_they_were_before(
        self, make_config: Callable[..., RunConfig], console: Console
    ) -> None:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            run(make_config(dialogues=4), FAKE_STAGES, POLICY, console)
            assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
        finally:
            signal.signal(signal.SIGTERM, before)

    def test_a_crashing_engine_is_replaced_and_nothing_is_lost(
        self, make_config: Callable[..., RunConfig], console: Console
    ) -> None:
        calm = make_config("calm", dialogues=60)
        crashing = {"replicas": 2, "fail": {"crash_after": 150}, "seconds_per_call": 0.01}
        wild = make_config("wild", dialogues=60, engine=crashing)
        run(calm, FAKE_STAGES, POLICY, console)
        run(wild, FAKE_STAGES, replace(POLICY, suspect_after=99), console)
        assert rows(wild) == rows(calm)
        state = json.loads((Path(wild.run_dir) / "state/progress.json").read_text())
        assert sum(engine["deaths"] for engine in state["engines"]) > 0
        assert state["requeues"] > 0

    @pytest.mark.parametrize("fault", ["crash_on", "hang_on"])
    @pytest.mark.parametrize("engines", [1, 2])
    def test_a_dialogue_that_kills_its_engine_fails_alone(
        self, make_config: Callable[..., RunConfig], console: Console, fault: str, engines: int
    ) -> None:
        """Two engines share a process here: a crash ends both, one that hangs is replaced alone."""
        engine = {"fail": {fault: "0-0000003"}, "seconds_per_call": 0.01}
        engine |= {"replicas": engines, "per_process": engines}
        config = make_config(dialogues=24, engine=engine)
        run(config, FAKE_STAGES, replace(POLICY, suspect_after=1, guilty_after=1), console)
        check_complete(config)
        calm = make_config("calm", dialogues=24)
        run(calm, FAKE_STAGES, POLICY, console)
        differing = [(w, c) for w, c in zip(rows(config), rows(calm), strict=True) if w != c]
        assert [with_fault.id for with_fault, _ in differing] == ["0-0000003"]
        assert "the engine died" in differing[0][0].failure
        said = console.export_text()
        cause = {"crash_on": "its process ended", "hang_on": "no token for"}[fault]
        died = re.findall(rf"engine (\d) died: {cause}", said)
        assert sorted(died) == sorted(re.findall(r"engine (\d) is up again", said))
        if fault == "hang_on":
            assert len(died) == 2  # one at a time: once suspected, once alone
            assert "no token for" in differing[0][0].failure
        else:
            assert set(died) == set("01"[:engines])  # all of the process

    def test_engines_that_die_of_everything_end_the_run(
        self, make_config: Callable[..., RunConfig], console: Console
    ) -> None:
        config = make_config(dialogues=1, engine={"fail": {"hang_on": "0-0000000"}})
        patient = replace(POLICY, hang=0.5, suspect_after=99, deaths_in_vain=2)
        ended = r"gone for good; .* died 2 times in a row without an answer.* same command to"
        with pytest.raises(EngineError, match=ended):
            run(config, FAKE_STAGES, patient, console)
        assert console.export_text().count("engine 0 died: no token for") == 2

    @pytest.mark.slow
    def test_an_engine_that_cannot_start_is_one_clear_line(
        self, make_config: Callable[..., RunConfig], console: Console
    ) -> None:
        config = make_config()
        vllm = {"kind": "vllm", "model": "/no/such/model", "device": "cpu"}
        config = type(config).model_validate({**config.model_dump(), "engine": vllm})
        with pytest.raises(EngineError, match=r"^engine.model /no/such/model: ") as error:
            run(config, FAKE_STAGES, POLICY, console)
        assert "\n" not in error.value.message

    def test_what_was_paid_is_what_the_dialogues_say(
        self, make_config: Callable[..., RunConfig], console: Console
    ) -> None:
        config = make_config(dialogues=40)
        run(config, FAKE_STAGES, POLICY, console)
        directory = RunDir(Path(config.run_dir))
        for name, stage in status_of(directory).stages.items():
            used = [u for d in rows(config) for u in d.usage if u.stage == name]
            assert stage.dialogues == 40
            assert stage.paid.calls == sum(u.calls for u in used)
            assert stage.paid.prompt == sum(u.prompt_tokens for u in used)


@pytest.mark.parametrize(("started", "signals"), [(False, 1), (True, 2)])
async def test_a_signal_ends_at_once_where_no_engine_is_up_and_else_the_second_does(
    make_config: Callable[..., RunConfig], console: Console, started: bool, signals: int
) -> None:
    config, main = make_config(), Mock()
    run_dir = RunDir(Path(config.run_dir))
    plan = Plan(0, 1, (1,), {}, "", {})
    driver = driver_module.Driver(
        *(run_dir, 1, config, plan, FAKE_STAGES, POLICY, console, lambda _: None)
    )
    driver._fleet.engines = [EngineHealth(0, 4, print)] if started else []
    for number in range(signals):
        assert main.cancel.call_count == 0, number
        driver._interrupt(main)
    assert main.cancel.call_count == 1
    assert ("stopping" in console.export_text()) == started


Driver = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start_driver() -> Iterator[Callable[[RunConfig], "subprocess.Popen[str]"]]:
    started = []

    def start(config: RunConfig) -> "subprocess.Popen[str]":
        settings: dict[str, Any] = config.model_dump(mode="json")
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), json.dumps(settings)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def journaled(config: RunConfig) -> int:
    paths = Path(config.run_dir).glob("journal/*/*/*.jsonl")
    return sum(path.read_bytes().count(b"\n") for path in paths)


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["raylet", "gcs_server"])
def test_a_driver_whose_ray_is_killed_says_so_and_leaves_nothing_behind(
    make_config: Callable[..., RunConfig], start_driver: Driver, victim: str
) -> None:
    config = make_config("cut", dialogues=2000, engine={"seconds_per_call": 0.3})
    driver = start_driver(config)
    wait_until(lambda: journaled(config) > 100, seconds=300)
    family = psutil.Process(driver.pid).children(recursive=True)
    next(process for process in family if process.name() == victim).kill()
    output, _ = driver.communicate(timeout=300)
    end = f"error: Ray's {victim} on this machine has ended; run the same command to continue"
    assert output.splitlines()[-1] == end
    assert driver.returncode == 1
    psutil.wait_procs(family, timeout=60)
    assert [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_driver_that_is_killed_is_continued_by_the_same_command(
    make_config: Callable[..., RunConfig], start_driver: Driver, end: signal.Signals
) -> None:
    slow = {"seconds_per_call": 0.2, "spread": 0.5}
    config = make_config("cut", dialogues=100, engine=slow)
    first = start_driver(config)
    wait_until(lambda: journaled(config) > 150, seconds=300)
    family = [psutil.Process(first.pid), *psutil.Process(first.pid).children(recursive=True)]
    second = start_driver(config)
    assert "a driver is at work here" in second.communicate(timeout=300)[0]
    assert second.returncode == 1
    os.kill(first.pid, end)
    output, _ = first.communicate(timeout=300)
    if end == signal.SIGTERM:
        assert first.returncode == 1
        assert "run the same command to continue" in output
    psutil.wait_procs(family, timeout=200)
    assert [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []

    before = journaled(config)
    again = start_driver(config)
    output, errors = again.communicate(timeout=600)
    assert json.loads(output)["planned"] == 100, errors
    assert "continuing: of 100 dialogues" in errors
    check_complete(config)
    whole = make_config("whole", dialogues=100)
    start_driver(whole).communicate(timeout=600)
    assert rows(config) == rows(whole)
    # Nothing journaled was paid twice: the dialogues used exactly what is in the journals.
    used = sum(usage.calls for dialogue in rows(config) for usage in dialogue.usage)
    assert before <= journaled(config) == used


@pytest.mark.parametrize("mode", [0o500])
def test_a_directory_that_cannot_be_written_is_one_line(
    make_config: Callable[..., RunConfig], console: Console, mode: int
) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    config = make_config()
    Path(config.run_dir).mkdir(mode=mode)
    with pytest.raises(RunDirError, match="Permission denied"):
        run(config, FAKE_STAGES, POLICY, console)


def test_a_directory_that_is_a_file_is_one_line(
    make_config: Callable[..., RunConfig], console: Console
) -> None:
    config = make_config()
    Path(config.run_dir).write_text("in the way")
    with pytest.raises(RunDirError, match="Not a directory"):
        run(config, FAKE_STAGES, POLICY, console)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_anything_runs_ends_with_a_line(
    tmp_path: Path, number: signal.Signals
) -> None:
    tools = tmp_path / "tools.jsonl"
    os.mkfifo(tools)  # whoever reads it waits
    config = tmp_path / "config.yaml"
    config.write_text(
        f"run_dir: {tmp_path / 'run'}\ntools: {{source: {tools}}}\nengine: {{kind: scripted}}\n"
    )
    command = [sys.executable, "-m", "toolace_mt", "run", str(config)]
    # Jobs that a shell has put into the background, such as these tests may be, ignore SIGINT.
    heard = partial(signal.signal, number, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    wait_until(lambda: (tmp_path / "run" / "state").exists())
    time.sleep(0.5)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1].startswith("toolace-mt: interrupted; what was finished is kept")
    assert "Traceback" not in errors
