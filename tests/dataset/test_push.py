import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from export_examples import dialogue, mixed, published, settings
from hub_server import Hub, Repo, hub_server
from huggingface_hub import HfApi

from toolace_mt.dataset import push as pushing
from toolace_mt.dataset.push import plan_push, push
from toolace_mt.dataset.writer import write_dataset
from toolace_mt.errors import InputError, RunError


@pytest.fixture
def hub(monkeypatch) -> Iterator[Hub]:
    with hub_server() as server:
        token = server.token
        monkeypatch.setattr(pushing, "HfApi", lambda: HfApi(endpoint=server.url, token=token))
        monkeypatch.setattr(pushing, "get_token", lambda: token)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr("huggingface_hub.lfs.http_backoff", _once)
        yield server


def _once(*arguments, **more):
    """The library's own waiting is not what is tested."""
    from huggingface_hub.utils import http_backoff

    return http_backoff(*arguments, **{**more, "max_retries": 0})


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    said: list[float] = []
    monkeypatch.setattr(pushing, "_sleep", said.append)
    return said


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = published(tmp_path / "run", mixed(), 2)
    write_dataset(path, settings(path, 5, export={"formats": ["openai", "sharegpt"]}))
    return path


def local(run: Path) -> dict[str, bytes]:
    folder = run / "dataset"
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_all_of_a_dataset_is_pushed_in_one_commit_to_a_private_repository(hub, run):
    (run / "dataset" / "notes.txt").write_text("mine")
    (run / "dataset" / ".secret").write_text("mine")
    assert push(plan_push(run), "me/data") == f"{hub.url}/datasets/me/data"
    repo = hub.repos["me/data"]
    assert repo.private
    assert len(repo.commits) == 1
    sent = local(run)
    del sent["notes.txt"], sent[".secret"]
    assert repo.files == sent
    assert "sharegpt/dataset_info.json" in sent


def test_a_second_push_sends_what_is_new_and_deletes_shards_that_are_gone(hub, run, tmp_path):
    push(plan_push(run), "me/data")
    uploads = len(hub.uploads)
    hub.repos["me/data"].files |= {"openai/train-00007.parquet": b"old", "LICENSE": b"theirs"}
    other = published(tmp_path / "other", [dialogue("new"), *mixed()[1:3]], 3)
    write_dataset(other, settings(other, 3))
    push(plan_push(other / "dataset"), "me/data")
    files = dict(hub.repos["me/data"].files)
    assert files.pop("LICENSE") == b"theirs"
    assert files == local(other)
    assert len(hub.uploads) > uploads
    again = len(hub.uploads)
    push(plan_push(other), "me/data")
    assert len(hub.uploads) == again


def test_many_files_are_several_commits_and_the_card_is_in_the_last(hub, run, monkeypatch):
    monkeypatch.setattr(pushing, "FILES_PER_COMMIT", 3)
    push(plan_push(run), "me/data")
    commits = hub.repos["me/data"].commits
    assert len(commits) > 1
    assert ["README.md" in commit.get("file", []) for commit in commits] == [False] * (
        len(commits) - 1
    ) + [True]
    assert hub.repos["me/data"].files == local(run)


@pytest.mark.parametrize("status", [409, 412, 429, 503])
def test_a_commit_that_is_refused_for_now_is_tried_again(hub, run, waits, status):
    hub.faults = [("POST", "/commit/", status, {})] * 2
    push(plan_push(run), "me/data")
    assert hub.repos["me/data"].files == local(run)
    assert len(hub.uploads) == len(set(hub.uploads))
    assert waits == [1.0, 2.0]


def test_the_hub_says_how_long_to_wait(hub, run, waits):
    hub.faults = [
        ("POST", "/commit/", 429, {"Retry-After": "17"}),
        ("POST", "/commit/", 429, {"Retry-After": "86400"}),
    ]
    push(plan_push(run), "me/data")
    assert waits == [17.0, 300.0]


def test_it_ends_when_nothing_helps_and_the_token_is_never_told(hub, run, waits):
    hub.faults = [("POST", "/commit/", 409, {})] * 20
    with pytest.raises(RunError, match=r"me/data: the Hub answered 409 .*the same command") as no:
        push(plan_push(run), "me/data")
    assert len(waits) == pushing.ATTEMPTS - 1
    assert hub.token not in no.value.message
    assert "\n" not in no.value.message
    assert "Bearer ***" in no.value.message  # the server told it


def test_who_may_not_write_is_told_at_once(hub, run, waits):
    hub.token, token = "hf_another", hub.token
    with pytest.raises(InputError, match=r"me/data: the Hub refused \(401.*hf auth login"):
        pushing.push(plan_push(run), "me/data")
    hub.token = token
    hub.faults = [("POST", "/repos/create", 403, {})]
    with pytest.raises(InputError, match=r"refused \(403"):
        push(plan_push(run), "org/data")
    with pytest.raises(InputError, match="not a repository's name"):
        push(plan_push(run), "a/b/c")
    assert waits == []


def test_nothing_goes_to_a_public_repository_unless_asked(hub, run):
    hub.repos["me/open"] = Repo(private=False)
    with pytest.raises(InputError, match="me/open: is public already; say --public"):
        push(plan_push(run), "me/open")
    assert hub.repos["me/open"].commits == []
    push(plan_push(run), "me/open", public=True)
    push(plan_push(run), "me/new", public=True)
    assert hub.repos["me/open"].files == local(run)
    assert not hub.repos["me/new"].private


def test_a_hub_that_cannot_be_reached_is_told_in_a_line(run, waits, monkeypatch):
    monkeypatch.setattr(pushing, "HfApi", lambda: HfApi(endpoint="http://127.0.0.1:9", token="x"))
    with pytest.raises(RunError, match="me/data: the Hub cannot be reached"):
        push(plan_push(run), "me/data")


def test_what_is_no_dataset_is_told(tmp_path):
    with pytest.raises(InputError, match="no dataset is here"):
        plan_push(tmp_path)


def command(hub: Hub, home: Path, *arguments: object) -> "subprocess.Popen[str]":
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": hub.token,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
    }
    words = [sys.executable, "-m", "toolace_mt", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, env=env, stdout=pipe, stderr=pipe, text=True)


def test_a_push_that_is_killed_half_way_is_continued_and_the_result_loads(tmp_path):
    run = published(tmp_path / "run", mixed(), 2)
    write_dataset(run, settings(run, 5))
    push_it = ("push", run, "me/data")
    with hub_server() as hub:
        hub.uploads_let_through = 2
        first = command(hub, tmp_path, *push_it)
        assert hub.waiting.wait(120)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        hub.go_on.set()
        done = list(hub.uploads)
        assert len(done) == 2
        assert hub.repos["me/data"].commits == []

        hub.uploads_let_through = 100
        second = command(hub, tmp_path, *push_it)
        said, log = second.communicate(timeout=300)
        assert second.returncode == 0, log
        assert said == f"pushed to {hub.url}/datasets/me/data\n"
        assert hub.token not in said + log
        assert len(hub.repos["me/data"].commits) == 1
        assert hub.repos["me/data"].files == local(run)
        assert len(hub.uploads) == len(set(hub.uploads))  # nothing was sent twice
        assert done == hub.uploads[:2]

        script = (
            "from datasets import load_dataset; d = load_dataset('me/data');"
            " print({name: d[name]['id'] for name in d}, d['train'][0]['messages'][0]['role'])"
        )
        env = {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token, "HF_HOME": str(tmp_path / "h")}
        loaded = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, **env, "HF_HUB_DISABLE_XET": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert loaded.returncode == 0, loaded.stderr[-3000:]
        assert loaded.stdout.strip().endswith("system")
        assert "'d-0', 'd-3'" in loaded.stdout


def test_a_dry_run_lists_what_would_be_sent_and_asks_nobody(tmp_path, capsys, monkeypatch):
    from toolace_mt.__main__ import main

    run = published(tmp_path / "run", [replace(dialogue(), id="a")], 1)
    write_dataset(run, settings(run, 1))
    monkeypatch.setattr("httpx2.Client.send", lambda *_, **__: pytest.fail("asked"))
    assert main(["push", str(run), "me/data", "--dry-run"]) == 0
    listed = capsys.readouterr().out.splitlines()
    names = ["openai/train-00000.parquet", "plain/train-00000.parquet", "failed.jsonl", "README.md"]
    assert [line.split()[1] for line in listed[:-1]] == names
    size = sum(len(data) for data in local(run).values())
    assert listed[-1].strip().split("  ")[0] == f"{size:,}"


@pytest.mark.slow
def test_a_run_pushes_at_its_end_and_says_where(hub, make_config, ray_session, console):
    from toolace_mt.distributed.driver import run

    config = make_config(dialogues=2, export={"push_to": "me/made"})
    run(config, console=console)
    assert hub.repos["me/made"].private
    assert hub.repos["me/made"].files == local(Path(config.run_dir))
    assert f"pushed to {hub.url}/datasets/me/made" in console.export_text()
