"""Runs in batches that are cut off, or whose provider fails, and what they cost in the end."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_provider import Line, Provider, failing, lines, providing
from batch_runs import POLICY, Fuse, Killed, drive, settings
from rich.console import Console

from toolace_mt.config import RunConfig
from toolace_mt.errors import EngineError, RunError
from toolace_mt.run.batches.files import rounds
from toolace_mt.run.costs import role_costs, total_cost
from toolace_mt.run.directory import RunDir
from toolace_mt.run.retry import retry
from toolace_mt.run.status import status_of
from toolace_mt.run.status_text import batch_lines


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with providing() as made:
        yield made


@pytest.fixture
def config(tmp_path: Path, provider: Provider) -> RunConfig:
    return settings(tmp_path / "run", url=provider.url)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], int]:
    """The rows of a run without trouble, and how many requests it paid."""
    with providing() as made:
        path = tmp_path_factory.mktemp("calm")
        return drive(settings(path, url=made.url), Console(quiet=True)), len(made.paid)


def quiet(_line: Line, _number: int) -> None:
    """No fault."""


def keys(provider: Provider) -> Counter[str]:
    """How often each request was paid."""
    return Counter(named.split(".")[2] for named in provider.paid)


def batches(config: RunConfig) -> list[str]:
    return [file.state.step for files in rounds(RunDir(Path(config.run_dir))) for file in files]


def test_a_driver_killed_at_every_step_pays_nothing_twice(
    config: RunConfig,
    provider: Provider,
    calm: tuple[list[Any], int],
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fuse, lives = Fuse(monkeypatch), 0
    made: list[Any] = []
    while not made:
        lives += 1
        fuse.left = lives  # every life comes one step further than the last one
        try:
            made = drive(config, console)
        except Killed:
            continue
    assert lives > 8
    assert made == calm[0]
    assert set(keys(provider).values()) == {1}
    assert len(provider.paid) == calm[1]


def test_a_batch_created_without_our_knowing_is_found(
    config: RunConfig, provider: Provider, calm: tuple[list[Any], int], console: Console
) -> None:
    provider.lose = True
    assert drive(config, console) == calm[0]
    assert len(provider.paid) == calm[1]
    assert "looking whether the batch is there" in console.export_text()


def test_where_nobody_knows_whether_a_batch_was_created_the_user_decides(
    config: RunConfig, provider: Provider, console: Console
) -> None:
    provider.lose = True
    provider.trouble = lambda method, path: (
        404 if (method, path) == ("GET", "/v1/batches") else None
    )
    with pytest.raises(EngineError, match=r'batch 1.0: may have been submitted.*"uploaded" in'):
        drive(config, console)
    with pytest.raises(EngineError, match="may have been submitted"):
        drive(config, console)
    assert len(provider.batches) == 1


def test_a_provider_that_is_away_is_waited_for(
    config: RunConfig,
    provider: Provider,
    calm: tuple[list[Any], int],
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("toolace_mt.engine.batch.provider.FIRST_WAIT", 0.0)
    looks = iter([0, 503, 500, *[0] * 20])
    provider.trouble = lambda _, path: next(looks, None) if "/batches/" in path else None
    assert drive(config, console) == calm[0]
    assert "run the same command" in console.export_text()


@pytest.mark.parametrize("fault", ["missing", "server", "expired", "torn"])
def test_lines_without_an_answer_are_asked_again(
    config: RunConfig, provider: Provider, calm: tuple[list[Any], int], console: Console, fault: str
) -> None:
    def spoil(line: Line, number: int) -> Line | None:
        if number % 3 or not line["custom_id"].endswith(".0"):
            return None
        return failing(line, 500, "overloaded") if fault == "server" else {}

    provider.spoil = spoil
    provider.ends = "expired" if fault == "expired" else "completed"
    if fault == "torn":
        whole = provider.add
        cut = iter([7, 7])

        def add(content: bytes) -> str:
            return whole(content[: -next(cut, 1)] if b"status_code" in content else content)

        provider.spoil, provider.add = quiet, add  # type: ignore[method-assign]
    assert drive(config, console) == calm[0]
    assert len(provider.paid) > calm[1]
    assert max(keys(provider).values()) <= POLICY.aborts + 1
    said = console.export_text()
    assert "asked again" in said
    assert {"server": "HTTP 500", "expired": "the batch is expired"}.get(fault, "no line") in said


def test_a_line_that_always_fails_is_given_up_and_can_be_taken_back(
    config: RunConfig, provider: Provider, calm: tuple[list[Any], int], console: Console
) -> None:
    def spoil(line: Line, _: int) -> Line | None:
        key = line["custom_id"].split(".")[2]
        return failing(line, 500, "no luck") if key == unlucky else None

    unlucky = ""
    drive(config, console)
    unlucky = sorted(keys(provider))[0]
    provider.spoil = spoil
    again = settings(Path(config.run_dir).parent / "unlucky", url=provider.url)
    provider.batches.clear()
    drive(again, console)
    assert keys(provider)[unlucky] == POLICY.aborts + 1
    assert "1 given up: HTTP 500: no luck" in console.export_text()
    provider.spoil = quiet
    assert retry(RunDir(Path(again.run_dir))) == 1
    provider.batches.clear()
    assert drive(again, console) == calm[0]
    assert keys(provider)[unlucky] == 1


def test_what_a_server_refuses_is_left_out_of_the_next_batch(
    config: RunConfig, provider: Provider, calm: tuple[list[Any], int], console: Console
) -> None:
    provider.spoil = lambda line, _: (
        failing(line, 400, "Unknown parameter: top_p") if "top_p" in line["body"] else None
    )
    assert drive(config, console) == calm[0]
    assert len(provider.paid) < 2 * calm[1]


def test_what_a_server_refuses_of_a_kind_is_known_before_its_first_batch(
    config: RunConfig, provider: Provider, calm: tuple[list[Any], int], console: Console
) -> None:
    provider.strict = False
    assert drive(config, console) == calm[0]
    assert len(provider.paid) == calm[1]


def test_a_schema_that_is_refused_is_the_outcome_of_its_request(
    config: RunConfig, provider: Provider, console: Console
) -> None:
    provider.spoil = lambda line, _: failing(line, 400, "response_format: schema not supported")
    made = drive(config, console)
    assert len(provider.batches) < 8
    assert made
    assert all("refused" in dialogue.failure for dialogue in made)


def test_an_error_of_every_line_ends_the_run_and_the_same_command_goes_on(
    config: RunConfig, provider: Provider, calm: tuple[list[Any], int], console: Console
) -> None:
    provider.spoil = lambda line, _: failing(line, 404, "no model m")
    with pytest.raises(EngineError, match=r"none of \d+ requests.*HTTP 404: no model m; mend"):
        drive(config, console)
    provider.spoil = quiet
    assert drive(config, console) == calm[0]


def test_files_stay_within_limits_and_wait_for_room_at_the_provider(
    tmp_path: Path, provider: Provider, calm: tuple[list[Any], int], console: Console
) -> None:
    provider.looks = 3
    provider.most_open = 1
    config = settings(tmp_path / "run", url=provider.url, most_requests=4)
    assert drive(config, console) == calm[0]
    sizes = [
        len(provider.files[b["input_file_id"]].splitlines()) for b in provider.batches.values()
    ]
    assert max(sizes) == 4
    assert len(provider.paid) == calm[1]
    assert "submitted again when another batch has ended" in console.export_text()


def test_a_file_that_is_refused_ends_the_run_and_is_collected_anew(
    config: RunConfig, provider: Provider, calm: tuple[list[Any], int], console: Console
) -> None:
    provider.most_open = 0
    with pytest.raises(EngineError, match=r"Enqueued token limit.*lower engine.most_requests"):
        drive(config, console)
    provider.most_open = 99
    smaller = config.model_copy(
        update={"engine": config.engine.model_copy(update={"most_requests": 2})}
    )
    assert drive(smaller, console) == calm[0]
    assert len(provider.paid) == calm[1]


def test_a_batch_that_somebody_cancels_ends_the_run_and_keeps_its_answers(
    config: RunConfig, provider: Provider, calm: tuple[list[Any], int], console: Console
) -> None:
    provider.ends = "cancelled"
    provider.spoil = lambda _, number: {} if number % 2 else None
    with pytest.raises(RunError, match="batch_0 was cancelled"):
        drive(config, console)
    provider.ends, provider.spoil = "completed", quiet
    assert drive(config, console) == calm[0]
    assert len(provider.paid) < 2 * calm[1]


def test_what_little_remains_is_asked_online(
    tmp_path: Path, provider: Provider, calm: tuple[list[Any], int], console: Console
) -> None:
    config = settings(tmp_path / "run", url=provider.url, online_below=999)
    assert drive(config, console) == calm[0]
    assert len(provider.batches) == 1
    assert 0 < len(provider.paid) < calm[1]
    assert "answered online" in "\n".join(batch_lines(status_of(RunDir(Path(config.run_dir)))))


def test_each_role_has_batches_of_its_engine(
    tmp_path: Path, provider: Provider, console: Console
) -> None:
    big = {"kind": "batch", "model": "big", "url": provider.url, "poll": 0.01, "online_below": 0}
    priced = {**big, "price": {"input": 1, "output": 2}}
    roles = {"engines": {"big": priced}, "roles": {"experts": "big"}}
    config = settings(tmp_path / "run", roles, url=provider.url, price={"input": 1, "output": 1})
    drive(config, console)
    stages = {"m": set[str](), "big": set[str]()}
    for batch in provider.batches.values():
        for line in lines(provider.files[batch["input_file_id"]]):
            stages[line["body"]["model"]].add(line["custom_id"].split(".")[1])
    assert stages == {"m": {"0", "1"}, "big": {"2"}}
    costs = role_costs(config, status_of(RunDir(Path(config.run_dir))))
    assert [(each.role, each.model) for each in costs] == [("experts", "big"), ("texts", "m")]
    assert total_cost(costs) is not None


def test_status_lists_batches_and_the_key_is_nowhere(
    config: RunConfig, provider: Provider, console: Console
) -> None:
    drive(config, console)
    told = list(batch_lines(status_of(RunDir(Path(config.run_dir)))))
    count = len(provider.batches)
    assert told[0].startswith(f"{count} batches: {len(provider.paid)} requests")
    assert "batch 1.0 (batch_0): completed" in told[1]
    assert set(batches(config)) == {"done"}
    written = console.export_text()
    for path in Path(config.run_dir).rglob("*"):
        written += path.read_bytes().decode("latin-1") if path.is_file() else ""
    assert "sk-secret" not in written
