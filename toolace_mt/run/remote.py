"""The copy of a run at a URL (`RunConfig.output`), in any store that fsspec knows, such as S3.

    URL/
      driver.json                       which driver publishes here: always the latest one
      tools.jsonl, config.yaml, manifest.json     as in the run directory, see `directory`
      shards/<stage>/<00000>.arrow      published shards; one that is here is complete
      dataset/                          the dataset
      dataset.json                      its files with their SHA-256; written when all are here

- Objects are written whole, and one that says that others are complete is written last.
- The work stays in the run directory, because journals need what object stores do not offer.
- A driver with an empty run directory continues from here. Only the journals of shards that were
  not published yet are lost.
- Credentials are those that fsspec finds in the environment. They are never settings, and never
  shown.
"""

import errno
import hashlib
import json
import logging
import os
import re
import socket
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from toolace_mt.config import RunConfig
from toolace_mt.config.retired import as_begun
from toolace_mt.errors import ConfigError, RunDirError
from toolace_mt.run.directory import RunDir, write_atomically
from toolace_mt.run.plan import Plan, Shard, check_same, deciding_settings, parse_plan, read_plan
from toolace_mt.run.shards import parse_sums

logger = logging.getLogger(__name__)

FETCHES = 16  # at once; each mostly waits

# Stores without directories: s3fs and gcsfs would create a missing bucket.
_FLAT = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci", "oss", "memory"})
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}


class Replaced(RunDirError):
    """A later driver publishes to the URL of this one."""


class RemoteCopy:
    """The copy of one run at a URL, for one driver.

    Raises ConfigError for a protocol that is unknown or whose package is missing. Methods raise
    RunDirError, in one line, for any error of the store.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._protocol = url.split("://")[0]
        self._token = uuid.uuid4().hex
        self._files, self._root = self._open()

    def claim(self) -> None:
        """Become the driver that publishes here.

        Raises RunDirError if the store cannot be written.
        """
        owner = {"host": socket.gethostname(), "pid": os.getpid(), "token": self._token}
        self._write("driver.json", json.dumps(owner).encode())

    def adopt(self, run: RunDir, config: RunConfig) -> None:
        """Copy the plan found here to an empty run directory.

        Raises ConfigError if the plan here is that of another run.
        """
        data = self._read("manifest.json")
        if data is None:
            return
        there, here = parse_plan(data, f"{self.url}/manifest.json"), read_plan(run)
        settings = deciding_settings(as_begun(config, there.settings))
        check_same(self.url, there, settings, "output")
        if here is not None and not _same_run(there, here):
            raise ConfigError(
                f"{self.url}: holds a run with another plan than {run.path};"
                " take another output, or the run_dir that belongs to it"
            )
        if here is None or len(there.ends) > len(here.ends):
            tools = self._read("tools.jsonl")
            if tools is None:
                raise RunDirError(f"{self.url}: tools.jsonl is missing; take another output")
            write_atomically(run.tools, tools)
            write_atomically(run.manifest, data)

    def synchronize(self, run: RunDir, plan: Plan, stages: Iterable[str]) -> tuple[int, list[Path]]:
        """Copy the plan here, and fetch all shards that the run directory lacks.

        Returns how many shards were fetched, and the paths of published shards that are missing
        here.
        """
        for path in (run.tools, run.config, run.manifest):
            self.put(run, path)
        sizes = self._sizes()
        fetch, missing = [], []
        for stage in stages:
            for shard in plan.shards():
                path = run.shard(stage, shard.index)
                size = sizes.get(_name(run, path))
                if not path.exists():
                    fetch += [(path, shard)] if size is not None else []
                elif size != path.stat().st_size:
                    missing.append(path)
        with ThreadPoolExecutor(FETCHES) as pool:
            return sum(pool.map(lambda job: self._fetch(run, *job), fetch)), missing

    def put(self, run: RunDir, path: Path) -> None:
        """Copy one file of the run here; raise Replaced if another driver has claimed the URL."""
        with self._storing("driver.json"):
            owner = json.loads(self._read("driver.json") or b"{}")
        if owner.get("token") != self._token:
            raise Replaced(
                f"{self.url}: another driver publishes here by now (pid {owner.get('pid')} on"
                f" {owner.get('host')}); this one stops"
            )
        self._put(path, _name(run, path))

    def remove(self, run: RunDir, path: Path) -> None:
        """Delete one file of the run here, if it exists."""
        name = _name(run, path)
        with self._storing(name), suppress(FileNotFoundError):
            self._files.rm_file(self._at(name))

    def put_dataset(self, run: RunDir) -> None:
        """Replace the dataset here by the run's, unless they are equal."""
        files = sorted(path for path in run.dataset.rglob("*") if path.is_file())
        listed = {_name(run, path): _digest(path) for path in files}
        before = self._read("dataset.json")
        if before is not None and json.loads(before) == listed:
            return
        with self._storing("dataset.json"):
            if before is not None:
                self._files.rm_file(self._at("dataset.json"))
        for path in files:
            self.put(run, path)
        for name in self._sizes("dataset").keys() - listed:
            with self._storing(name):
                self._files.rm_file(self._at(name))
        self._write("dataset.json", json.dumps(listed, indent=1).encode())

    # -- one object ----------------------------------------------------------------------------

    def _fetch(self, run: RunDir, path: Path, shard: Shard) -> bool:
        """Fetch a shard; return False for one that is damaged or of another plan."""
        data = self._read(_name(run, path))
        sums = parse_sums(data) if data is not None else None
        if data is None or sums is None or sums.dialogues != shard.count:
            logger.warning("%s/%s: not a whole shard; made anew", self.url, _name(run, path))
            return False
        write_atomically(path, data)
        return True

    def _read(self, name: str) -> bytes | None:
        with self._storing(name):
            try:
                data: bytes = self._files.cat_file(self._at(name))
            except FileNotFoundError:
                return None
            return data

    def _write(self, name: str, data: bytes) -> None:
        with self._storing(name):
            self._make_parent(name)
            self._files.pipe_file(self._at(name), data)

    def _put(self, path: Path, name: str) -> None:
        with self._storing(name):
            self._make_parent(name)
            self._files.put_file(str(path), self._at(name))

    def _sizes(self, folder: str = "shards") -> dict[str, int]:
        """Return the bytes of every object in a folder, by name."""
        with self._storing(folder):
            self._files.invalidate_cache()
            found = self._files.find(self._at(folder), detail=True)
        cut = len(self._root) + 1
        return {path[cut:]: entry["size"] for path, entry in found.items()}

    def _make_parent(self, name: str) -> None:
        if self._protocol not in _FLAT:
            self._files.makedirs(self._at(name).rpartition("/")[0], exist_ok=True)

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _open(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        try:
            files, root = url_to_fs(self.url)
        except ImportError as error:
            extra = _EXTRAS.get(self._protocol)
            advice = f"pip install 'toolace-mt[{extra}]'" if extra else "install that package"
            raise ConfigError(f"output: {self.url}: {_one_line(error)}: {advice}") from error
        except ValueError as error:
            raise ConfigError(f"output: {self.url}: {_one_line(error)}") from error
        except Exception as error:  # each protocol has exceptions of its own
            raise RunDirError(f"output: {self.url}: {_one_line(error)}") from error
        return files, str(root).rstrip("/")

    @contextmanager
    def _storing(self, name: str) -> Iterator[None]:
        """Translate any exception of a store into a RunDirError: each protocol has its own."""
        try:
            yield
        except RunDirError:
            raise
        except Exception as error:
            raise RunDirError(
                f"{self.url}/{name}: {_one_line(error)}; {_advice(error)}."
                " The run directory stays valid: the same command continues"
            ) from error


def _same_run(one: Plan, other: Plan) -> bool:
    """Say whether both are plans of one run, of which one may have been raised further."""
    shorter = min(len(one.ends), len(other.ends))
    names = ("seed", "shard_size", "settings", "tools")
    return one.ends[:shorter] == other.ends[:shorter] and all(
        getattr(one, name) == getattr(other, name) for name in names
    )


def _name(run: RunDir, path: Path) -> str:
    return path.relative_to(run.path).as_posix()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _advice(error: Exception) -> str:
    kind = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return "make the bucket or directory first, or mend the URL"
    if isinstance(error, PermissionError) or "Credential" in kind or "Auth" in kind:
        return "check the credentials in the environment, and that they may read and write there"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "make room there"
    return "check the address and the network"


def _one_line(error: Exception) -> str:
    """Return an error's text without the query of any URL: some stores put signatures there."""
    text = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r"\?\S+", "?...", text)[:300]
