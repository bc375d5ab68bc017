"""The HTTP side of a batch API: what is tried again, what ends a run, and what nobody reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_provider import Provider as Fake
from batch_provider import providing

from toolace_mt.config import BatchConfig
from toolace_mt.engine.batch.provider import Away, Batch, Provider, Unclear
from toolace_mt.errors import EngineError

KEY = "sk-secret-0123456789"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with providing() as made:
        yield made


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(b"{}\n")
    return path


def provider(fake: Fake, waits: list[float] | None = None) -> Provider:
    async def sleep(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    return Provider(BatchConfig(kind="batch", model="m", url=fake.url), sleep)


async def test_a_file_goes_there_and_comes_back(fake: Fake, requests: Path, tmp_path: Path) -> None:
    async with provider(fake) as one:
        name = await one.upload(requests)
        await one.download(name, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == requests.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back", "requests.jsonl"]


async def test_what_may_pass_is_tried_again_with_growing_waits(fake: Fake, requests: Path) -> None:
    troubles, waits = iter([500, 0, 429]), list[float]()
    fake.trouble = lambda *_: next(troubles, None)
    async with provider(fake, waits) as one:
        assert await one.upload(requests)
    assert waits == [1, 2, 4]
    fake.trouble = lambda *_: 503
    async with provider(fake, waits) as one:
        with pytest.raises(Away, match="HTTP 503: as ordered"):
            await one.look("batch_0")


async def test_a_key_that_is_refused_ends_a_run_and_is_not_shown(fake: Fake) -> None:
    fake.trouble = lambda *_: 401
    async with provider(fake) as one:
        with pytest.raises(EngineError, match=r"HTTP 401.*OPENAI_API_KEY holds a key") as raised:
            await one.look("batch_0")
    assert KEY not in raised.value.message
    assert len(fake.log) == 1


@pytest.mark.parametrize(("trouble", "unclear"), [(500, True), (0, True), (429, False)])
async def test_a_batch_is_created_once_or_nobody_knows(
    fake: Fake, requests: Path, trouble: int, unclear: bool
) -> None:
    async with provider(fake) as one:
        name = await one.upload(requests)
        troubles = iter([trouble])
        fake.trouble = lambda *_: next(troubles, None)
        if unclear:
            with pytest.raises(Unclear):
                await one.create(name)
            assert await one.find(name) is None
        assert (await one.create(name)).status == "validating"
    assert len(fake.batches) == 1


async def test_a_batch_is_found_on_any_page_unless_it_was_refused(
    fake: Fake, requests: Path
) -> None:
    fake.page = 2
    async with provider(fake) as one:
        names = [await one.upload(requests) for _ in range(5)]
        made = [await one.create(name) for name in names]
        assert [await one.find(name) for name in names] == made
        fake.batches["batch_1"]["status"] = "failed"
        assert await one.find(names[1]) is None


@pytest.mark.parametrize("value", [None, [], {}, {"id": 3}, {"status": "completed"}])
def test_what_is_no_batch_is_told(value: object) -> None:
    with pytest.raises(EngineError, match="expected a batch, got"):
        Batch.read(value)


def test_why_a_batch_was_refused_is_told_with_its_line() -> None:
    data = [{"code": "invalid_json_line", "message": "no\nJSON", "line": 7}]
    batch = Batch.read({"id": "b", "status": "failed", "errors": {"data": data}})
    assert batch.problem == "line 7: no JSON"
    assert not batch.too_much
