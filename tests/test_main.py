import subprocess
import sys
from pathlib import Path


def test_output_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{}\n")
    command = [sys.executable, "-m", "toolace_mt", "verify", str(rows)]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    said = "toolace-mt: the output cannot be written: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (1, said)
