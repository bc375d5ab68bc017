import asyncio
import errno
import logging
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.calls.request import Completion
from toolace_mt.errors import RunDirError
from toolace_mt.run.journal import Journal, encode, replay

completions = st.builds(
    Completion, text=st.text(st.characters()), seconds=st.floats(0, 1e6)
)  # with lone surrogates: an endpoint may send anything


async def written(directory: Path, entries: dict[str, Completion], epoch: int = 1) -> Path:
    journal = Journal(directory, epoch)
    await asyncio.gather(*(journal.append(key, value) for key, value in entries.items()))
    await journal.close()
    return max(directory.glob("*.jsonl"))


@settings(max_examples=30, deadline=None)
@given(entries=st.dictionaries(st.text("0123456789abcdef", min_size=1), completions, min_size=1))
def test_what_was_appended_is_replayed(tmp_path_factory, entries) -> None:
    directory = tmp_path_factory.mktemp("journal")
    asyncio.run(written(directory, entries))
    assert replay(directory) == entries


async def test_a_completion_is_on_disk_before_append_returns(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1)
    await journal.append("k", Completion("text", "stop"))
    assert replay(tmp_path) == {"k": Completion("text", "stop")}
    await journal.close()


async def test_concurrent_appends_share_fsyncs(tmp_path: Path, monkeypatch) -> None:
    syncs = []
    sync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (syncs.append(file), sync(file)))
    await written(tmp_path, {str(i): Completion("x", "stop") for i in range(200)})
    assert len(replay(tmp_path)) == 200
    assert len(syncs) <= 3


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 400), flip=st.none() | st.integers(0, 400))
def test_a_damaged_line_ends_its_file_and_no_other(tmp_path_factory, cut, flip) -> None:
    directory = tmp_path_factory.mktemp("journal")
    entries = {f"{i}": Completion(f"text {i}", "stop") for i in range(3)}
    path = asyncio.run(written(directory, entries))
    whole = path.read_bytes()
    data = bytearray(whole[: max(0, len(whole) - cut)])
    if flip is not None and flip < len(data):
        data[flip] ^= 1
    path.write_bytes(data)
    other = {"other": Completion("kept", "stop")}
    asyncio.run(written(directory, other, epoch=2))
    found = replay(directory)
    first_bad = next((i for i, (a, b) in enumerate(zip(data, whole, strict=False)) if a != b), None)
    intact = whole[: len(data) if first_bad is None else first_bad].count(b"\n")
    assert found == dict(list(entries.items())[:intact]) | other


async def test_torn_tail_is_a_warning_with_file_and_line(tmp_path: Path, caplog) -> None:
    path = await written(tmp_path, {"a": Completion("x", "stop")})
    with path.open("ab") as file:
        file.write(encode("b", Completion("y", "stop"))[:-5])
    with caplog.at_level(logging.WARNING):
        assert list(replay(tmp_path)) == ["a"]
    assert f"{path} line 2" in caplog.text


async def test_first_completion_of_a_key_wins_across_attempts(tmp_path: Path) -> None:
    await written(tmp_path, {"k": Completion("first", "stop")}, epoch=9)
    await written(tmp_path, {"k": Completion("second", "stop")}, epoch=9)
    await written(tmp_path, {"k": Completion("third", "stop")}, epoch=10)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "000009-0.jsonl",
        "000009-1.jsonl",
        "000010-0.jsonl",
    ]
    assert replay(tmp_path)["k"].text == "first"


async def test_full_disk_is_one_line_and_nothing_follows_a_torn_write(
    tmp_path: Path, monkeypatch
) -> None:
    journal = Journal(tmp_path, 1)
    await journal.append("a", Completion("x", "stop"))
    write = os.write

    def full(file: int, data: bytes) -> int:
        write(file, bytes(data)[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RunDirError, match=r"No space left on device.*same command"):
        await journal.append("b", Completion("y", "stop"))
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(RunDirError):
        await journal.append("c", Completion("z", "stop"))
    await journal.close()
    assert list(replay(tmp_path)) == ["a"]
