import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.__main__ import main
from toolace_mt.config import VerificationConfig
from toolace_mt.errors import InputError
from toolace_mt.reading.checking.verify import verify_file
from toolace_mt.reading.checking.written import Targets

GOOD = '{"messages": [{"role": "user", "content": "Hi!"}, {"role":"assistant","content":"Hello."}]}'
BAD = '{"messages":[{"role":"user","content":"Hi!"},{"role": "user", "content": "Hi?"}] }'
LINES = (GOOD, BAD, "{oops", GOOD.replace("{", "{ ", 1), '{"a": "\u00fc\\u00fc"}', GOOD + "\r")


def halves(tmp_path: Path, path: Path, **more) -> tuple[bytes, bytes, bytes]:
    targets = Targets(tmp_path / "found", tmp_path / "keep", tmp_path / "reject")
    summary = verify_file(path, None, VerificationConfig(), targets=targets, **more)
    found, kept, rejected = (
        target.read_bytes() for target in (targets.findings, targets.keep, targets.reject)
    )
    assert kept.count(b"\n") == summary.accepted
    assert rejected.count(b"\n") + summary.unwritten == summary.dialogues - summary.accepted
    return found, kept, rejected


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=12), st.booleans())
def test_rows_are_unchanged_and_in_their_order(tmp_path_factory, lines, end):
    tmp_path = tmp_path_factory.mktemp("halves")
    path = tmp_path / "in.jsonl"
    path.write_bytes(("\n".join(lines) + ("\n" if end else "")).encode())
    _, kept, rejected = halves(tmp_path, path)
    good = [line for line in lines if "Hello" in line]
    assert kept == "".join(f"{line}\n" for line in good).encode()
    assert rejected == "".join(f"{line}\n" for line in lines if line not in good).encode()


def test_rows_of_arrays_and_sessions_fit_on_lines(tmp_path):
    items = [json.loads(GOOD), json.loads(BAD), {"x": "\u2028"}]
    path = tmp_path / "in.json"
    path.write_text(json.dumps(items, indent=2))
    _, kept, rejected = halves(tmp_path, path)
    assert [json.loads(line) for line in kept.splitlines()] == items[:1]
    assert [json.loads(line) for line in rejected.split(b"\n")[:-1]] == items[1:]
    path.write_text(json.dumps(items))
    assert halves(tmp_path, path)[1] == json.dumps(items[0]).encode() + b"\n"


def test_the_order_and_the_findings_are_those_of_one_process(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_bytes("\n".join(LINES * 40).encode())
    assert halves(tmp_path, path, workers=2) == halves(tmp_path, path)


@pytest.mark.parametrize("name", ["findings", "keep", "reject"])
def test_nothing_is_overwritten(tmp_path, name):
    path = tmp_path / "in.jsonl"
    path.write_text(GOOD)
    (tmp_path / "link.jsonl").symlink_to(path)
    for target in (path, tmp_path / "link.jsonl"):
        with pytest.raises(InputError, match=f"--{name} would overwrite the dialogues"):
            Targets(**{name: target}).preflight(path)
    with pytest.raises(InputError, match="would be read as dialogues"):
        Targets(**{name: tmp_path / "out.jsonl"}).preflight(tmp_path)
    with pytest.raises(InputError, match="writes JSON Lines"):
        Targets(**{name: Path("x.parquet")}).preflight(path)
    with pytest.raises(InputError, match=r"would overwrite --(findings|keep)"):
        Targets(Path("x"), Path("x"), Path("x")).preflight(path)
    assert path.read_text() == GOOD


def test_the_command_writes_halves_and_says_what_severities_cost(tmp_path, capsys):
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(LINES))
    keep, reject = tmp_path / "clean.jsonl", tmp_path / "bad.jsonl"
    assert main(["verify", str(path), "--keep", str(keep), "--reject", str(reject)]) == 1
    said = capsys.readouterr().out
    assert "of 6 rows, errors cost 3 (50.0%); errors and warnings cost 3 (50.0%)" in said
    assert main(["verify", str(keep)]) == 0


def test_a_worker_that_is_killed_is_told_in_a_line(tmp_path):
    code = (
        "import os, signal, sys\n"
        "from toolace_mt.reading.checking import workers\n"
        "from toolace_mt.reading.row import Row\n"
        "from toolace_mt.config import VerificationConfig\n"
        "from toolace_mt.errors import RunError\n"
        "def rows():\n"
        "    yield from (Row(n, b'{}') for n in range(40))\n"
        "    import multiprocessing\n"
        "    for child in multiprocessing.active_children():\n"
        "        os.kill(child.pid, signal.SIGKILL)\n"
        "    yield from (Row(n, b'{}') for n in range(400))\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        "        list(workers.checked(rows(), VerificationConfig(), 2))\n"
        "    except RunError as error:\n"
        "        print(error.message)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    command = [sys.executable, str(script)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    assert (ended.stdout, ended.stderr[-500:]) == (
        "a worker of --workers was ended from outside, perhaps for want of memory: use fewer\n",
        "",
    )
