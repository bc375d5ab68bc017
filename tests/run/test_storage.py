"""Storage that fails: a disk of its own, small or read-only, which takes the right to mount one."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_runs import POLICY, check_complete, rows
from fake_stages import FAKE_STAGES
from rich.console import Console

from toolace_mt.config import RunConfig
from toolace_mt.distributed.driver import run
from toolace_mt.distributed.progress import Progress
from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.status import RunStatus, StageStatus, status_of

Remount = Callable[[str], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Remount]]:
    """A directory on a disk of 64 KiB, and a function that mounts it with other options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        subprocess.run(command, check=True, capture_output=True)

    try:
        mount("size=64k")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no right to mount a file system")
    yield place, lambda options: mount(f"remount,{options}")
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(autouse=True)
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolace_mt.distributed.driver.write_dataset", lambda *_: None)


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_a_full_disk_ends_the_run_in_one_line_and_room_continues_it(
    make_config: Callable[..., RunConfig], console: Console, disk: tuple[Path, Remount]
) -> None:
    place, remount = disk
    config = make_config(f"{place.name}/run", dialogues=100, engine={"seconds_per_call": 0.01})
    for kib in (64, 160, 320):  # full ever later: in the plan, in a journal, in a shard
        remount(f"size={kib}k")
        with pytest.raises(RunDirError, match=r"No space left on device; .*make room") as error:
            run(config, FAKE_STAGES, POLICY, console)
        assert "\n" not in error.value.message
    directory = RunDir(place / "run")
    paid = sum(stage.paid.calls for stage in status_of(directory).stages.values())
    assert paid > 0, "the disk was full before anything was made"
    remount("size=64m")
    run(config, FAKE_STAGES, POLICY, console)
    check_complete(config)
    calm = make_config("calm", dialogues=100)
    run(calm, FAKE_STAGES, POLICY, console)
    assert rows(config) == rows(calm)


@pytest.mark.usefixtures("ray_session")
def test_a_disk_that_became_read_only_is_one_line_and_writable_continues_it(
    make_config: Callable[..., RunConfig], console: Console, disk: tuple[Path, Remount]
) -> None:
    place, remount = disk
    remount("size=64m")
    config = make_config(f"{place.name}/run", dialogues=4)
    run(config, FAKE_STAGES, POLICY, console)
    more = make_config(f"{place.name}/run", dialogues=8)
    remount("ro")
    with pytest.raises(RunDirError, match=r"Read-only file system; .*permissions"):
        run(more, FAKE_STAGES, POLICY, console)
    remount("rw")
    run(more, FAKE_STAGES, POLICY, console)
    check_complete(more)


def test_numbers_for_status_that_cannot_be_saved_do_not_end_a_run(
    console: Console, disk: tuple[Path, Remount], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, remount = disk
    monkeypatch.setattr("toolace_mt.distributed.progress.SAVE_SECONDS", 0.0)
    status = RunStatus(8, {"initialization": StageStatus()})
    with Progress(RunDir(place), status, [], console) as progress:
        remount("ro")
        progress.tick()
        remount("rw")
        progress.tick()
        assert (place / "state/progress.json").exists()
