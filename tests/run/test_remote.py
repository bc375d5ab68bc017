import errno
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from rich.console import Console

from toolace_mt.config import RunConfig, validate_config
from toolace_mt.distributed.driver import run
from toolace_mt.errors import ConfigError, RunDirError
from toolace_mt.run.arrow import to_row
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import Plan, empty_dialogues
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.run.prepare import prepare
from toolace_mt.run.remote import RemoteCopy, Replaced
from toolace_mt.run.shards import Sums, publish, read_shard
from toolace_mt.run.uploads import Uploads

STAGE = "initialization"
HASTE = FaultPolicy(backoff_first=0.01, backoff_most=0.02, grace=0.5)


@pytest.fixture(scope="session")
def store() -> Iterator[str]:
    """An S3 of its own in a process of its own; gives its address."""
    code = "from moto.moto_server.werkzeug_app import *; from werkzeug.serving import make_server;"
    code += "app = DomainDispatcherApplication(create_backend_app);"
    code += "server = make_server('127.0.0.1', 0, app, True);"
    code += "print(server.port, flush=True); server.serve_forever()"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    process.kill()
    process.communicate()


@pytest.fixture
def s3(store: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a run in a bucket of its own."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", store)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    bucket = f"bucket-{uuid.uuid4().hex}"
    fsspec.filesystem("s3").mkdir(bucket)
    return f"s3://{bucket}/runs/one"


@pytest.fixture(params=["memory", "file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "s3":
        found: str = request.getfixturevalue("s3")
        return found
    return f"{request.param}://{tmp_path}/store/one"


def prepared(config: RunConfig, console: Console) -> tuple[RunDir, Plan]:
    directory = RunDir(Path(config.run_dir))
    return directory, prepare(directory, config, console)


def publish_all(directory: RunDir, plan: Plan) -> list[Path]:
    paths = []
    for shard in plan.shards():
        path = directory.shard(STAGE, shard.index)
        dialogues = empty_dialogues(plan.seed, shard)
        publish(path, map(to_row, dialogues), Sums({"open": shard.count}))
        paths.append(path)
    return paths


def objects(url: str) -> set[str]:
    files, root = fsspec.core.url_to_fs(url)
    files.invalidate_cache()
    return {path[len(root) + 1 :] for path in files.find(root)}


def damage(url: str, data: bytes) -> None:
    files, path = fsspec.core.url_to_fs(url)
    files.pipe_file(path, data)


def test_an_empty_directory_continues_from_the_output_and_fetches_only_whole_shards(
    make_config: Callable[..., RunConfig], console: Console, url: str
) -> None:
    config = make_config("one", dialogues=40)
    here, plan = prepared(config, console)
    paths = publish_all(here, plan)
    output = RemoteCopy(url)
    output.claim()
    assert output.synchronize(here, plan, [STAGE]) == (0, paths)
    for path in paths:
        output.put(here, path)
    assert output.synchronize(here, plan, [STAGE]) == (0, [])
    damage(f"{url}/shards/{STAGE}/00001.arrow", paths[1].read_bytes()[:-9])

    other = make_config("two", dialogues=40)
    there = RunDir(Path(other.run_dir))
    later = RemoteCopy(url)
    later.claim()
    later.adopt(there, other)
    assert there.tools.read_bytes() == here.tools.read_bytes()
    assert prepare(there, other, console) == plan
    assert later.synchronize(there, plan, [STAGE]) == (2, [])
    assert read_shard(there.shard(STAGE, 2)) == read_shard(paths[2])
    assert not there.shard(STAGE, 1).exists()
    with pytest.raises(Replaced, match="another driver publishes here"):
        output.put(here, paths[0])
    # Whoever still has the shard whole repairs the copy.
    output.claim()
    assert output.synchronize(here, plan, [STAGE]) == (0, [paths[1]])


def test_another_run_at_the_url_is_refused_and_nothing_of_it_is_taken(
    make_config: Callable[..., RunConfig], console: Console
) -> None:
    url = "memory://other/run"
    first = make_config("one", dialogues=10)
    here, plan = prepared(first, console)
    RemoteCopy(url).claim()
    output = RemoteCopy(url)
    output.claim()
    output.synchronize(here, plan, [])
    for changed, message in (
        ({"seed": 7}, r"^memory://other/run: seed: .* started with 0, got 7; .* another output$"),
        ({"shard_size": 4}, "shard_size: .* started with 16, got 4"),
    ):
        config = make_config("two", dialogues=10, **changed)
        with pytest.raises(ConfigError, match=message):
            output.adopt(RunDir(Path(config.run_dir)), config)
        assert not Path(config.run_dir).exists()
    # Raised twice, once here and once elsewhere: neither plan continues the other.
    raised = make_config("one", dialogues=20)
    output.synchronize(here, prepare(here, raised, console), [])
    elsewhere = make_config("three", dialogues=10)
    prepare(RunDir(Path(elsewhere.run_dir)), elsewhere, console)
    elsewhere = make_config("three", dialogues=30)
    prepare(RunDir(Path(elsewhere.run_dir)), elsewhere, console)
    with pytest.raises(ConfigError, match="holds a run with another plan"):
        output.adopt(RunDir(Path(elsewhere.run_dir)), elsewhere)
    # A directory left behind takes the plan that was raised meanwhile.
    behind = make_config("four", dialogues=10)
    prepare(RunDir(Path(behind.run_dir)), behind, console)
    output.adopt(RunDir(Path(behind.run_dir)), behind)
    assert RunDir(Path(behind.run_dir)).manifest.read_bytes() == here.manifest.read_bytes()


def test_the_dataset_is_listed_last_and_files_of_an_older_one_go(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = RunDir(tmp_path / "run")
    (directory.dataset / "openai").mkdir(parents=True)
    for name in ("README.md", "openai/train-00000.parquet", "openai/train-00001.parquet"):
        (directory.dataset / name).write_text(name)
    output = RemoteCopy(url)
    output.claim()
    output.put_dataset(directory)
    assert len(objects(url) - {"driver.json", "dataset.json"}) == 3

    written: list[str] = []
    monkeypatch.setattr(output, "_put", lambda path, name: written.append(name))
    output.put_dataset(directory)
    assert written == []
    monkeypatch.undo()

    (directory.dataset / "openai/train-00001.parquet").unlink()
    (directory.dataset / "README.md").write_text("new")
    with monkeypatch.context() as broken:
        broken.setattr(output, "_put", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            output.put_dataset(directory)
        assert "dataset.json" not in objects(url)
    output.put_dataset(directory)
    files, root = fsspec.core.url_to_fs(url)
    assert files.cat_file(f"{root}/dataset/README.md") == b"new"
    listed = json.loads(files.cat_file(f"{root}/dataset.json"))
    assert set(listed) == {"dataset/README.md", "dataset/openai/train-00000.parquet"}
    assert objects(url) == {*listed, "driver.json", "dataset.json"}


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("xyz://somewhere/x", r"^output: xyz://somewhere/x: Protocol not known: xyz$"),
        ("sftp://host/x", r"^output: sftp://host/x: .*paramiko.*install that package$"),
    ],
)
def test_a_protocol_that_is_not_there_is_one_line(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RemoteCopy(url)


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    known = sys.modules["fsspec.registry"]._registry
    monkeypatch.delitem(known, "s3", raising=False)
    with pytest.raises(ConfigError, match=r"Install s3fs .*: pip install 'toolace-mt\[s3\]'$"):
        RemoteCopy("s3://bucket/run")


def test_a_missing_bucket_is_one_line_and_is_not_made(s3: str) -> None:
    with pytest.raises(RunDirError, match=r"^s3://none/x/driver.json: .*make the bucket") as error:
        RemoteCopy("s3://none/x").claim()
    assert "\n" not in error.value.message
    assert not fsspec.filesystem("s3").exists("none")


@pytest.mark.slow  # the protocol has a patience of its own
def test_a_dead_store_is_one_line(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    with pytest.raises(RunDirError, match="check the address and the network"):
        RemoteCopy(s3).claim()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_store_is_one_line_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    output = RemoteCopy(f"file://{tmp_path}/copy")
    monkeypatch.setattr(LocalFileSystem, "pipe_file", full)
    with pytest.raises(RunDirError, match=rf"{os.strerror(number)}; make room there\."):
        output.claim()


@pytest.mark.parametrize(
    "url", ["bucket/run", "s3://", "s3://key:secret@bucket/run", "s3://bucket/run?sig=abc"]
)
def test_a_url_that_is_none_or_holds_a_secret_is_refused_and_not_shown(url: str) -> None:
    plain: dict[str, Any] = {"run_dir": "r", "engine": {"kind": "scripted"}, "output": url}
    with pytest.raises(ConfigError, match=r"^test: output: ") as error:
        validate_config(plain, "test")
    assert "secret@" not in error.value.message
    assert "sig=" not in error.value.message


class Flaky:
    """Stands in for an output: fails as often as told."""

    def __init__(self, failures: int, error: RunDirError) -> None:
        self.failures, self.error = failures, error
        self.got: list[Path] = []

    def put(self, directory: RunDir, path: Path) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise self.error
        self.got.append(path)


def uploads(output: Flaky, console: Console) -> Uploads:
    return Uploads(output, RunDir(Path("run")), HASTE, console)  # type: ignore[arg-type]


def test_an_outage_is_outlived_and_said_once(console: Console) -> None:
    output = Flaky(7, RunDirError("the store is away"))
    with uploads(output, console) as copies:
        for name in "abc":
            copies.add(Path(name))
        while not output.got:
            pass
    assert output.got == [Path(name) for name in "abc"]
    assert console.export_text().count("the store is away") == 1


def test_what_cannot_be_copied_in_the_end_is_an_error(console: Console) -> None:
    output = Flaky(1000, RunDirError("the store is away"))
    with pytest.raises(RunDirError, match="the store is away"), uploads(output, console) as copies:
        copies.add(Path("a"))
    assert 1000 - output.failures == HASTE.upload_attempts


def test_another_driver_stops_this_one(console: Console) -> None:
    def work() -> None:
        with uploads(output, console) as copies:
            while True:
                copies.add(Path("a"))

    output = Flaky(1, Replaced("another driver"))
    with pytest.raises(Replaced):
        work()
    assert output.got == []


def test_a_failing_run_is_not_held_up(console: Console) -> None:
    def work() -> None:
        with uploads(Flaky(10**9, RunDirError("the store is away")), console) as copies:
            copies.add(Path("a"))
            raise KeyError

    with pytest.raises(KeyError):
        work()


def dataset(config: RunConfig) -> dict[str, bytes]:
    folder = Path(config.run_dir) / "dataset"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.parquet")}


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_a_run_that_lost_its_disk_continues_from_the_bucket(
    make_config: Callable[..., RunConfig], console: Console, s3: str
) -> None:
    easy = {"grounding": "constrained", "values": "seeded"}
    config = make_config(dialogues=12, shard_size=4, output=s3, initialization=easy)
    run(config, console=console)
    made = dataset(config)
    assert made
    assert console.export_text(clear=False).rstrip().endswith(f"copied to {s3}")
    shutil.rmtree(config.run_dir)
    files, root = fsspec.core.url_to_fs(s3)
    files.rm_file(f"{root}/shards/verification/00001.arrow")
    run(config, console=console)
    assert f"8 shards fetched from {s3}" in console.export_text()
    assert dataset(config) == made
    journals = Path(config.run_dir).glob("journal/*/*")
    assert {"/".join(path.parts[-2:]) for path in journals} == {"verification/00001"}
    for name, data in made.items():
        assert files.cat_file(f"{root}/dataset/{name}") == data
