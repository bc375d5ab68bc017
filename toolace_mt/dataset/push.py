"""Pushes a dataset to the Hugging Face Hub; a push that was cut off can be repeated.

- The Hub keeps uploads before a commit names them, so the same command sends only the rest.
- All files and the card are one commit, unless they are too many. Then the card is in the last.
- That last commit also deletes shards of an earlier push that this dataset lacks, since the card's
  patterns would match them.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from toolace_mt.dataset.card import FAILED
from toolace_mt.dataset.formats import FORMATS
from toolace_mt.errors import InputError, RunError, one_line
from toolace_mt.run.directory import RunDir, storage

Result = TypeVar("Result")

CARD = "README.md"
FILES_PER_COMMIT = 1000
ATTEMPTS = 7
_FIRST_WAIT = 1.0  # seconds, doubled each time unless the Hub says how long
_LONGEST_WAIT = 300.0
_AGAIN = frozenset({408, 409, 412, 429, 500, 502, 503, 504})
"""HTTP statuses worth another try: a rival commit, too many requests, a failing server."""


@dataclass(frozen=True, slots=True)
class Push:
    """What a push sends: `files` in `folder`, by their path in the repository, the card last."""

    folder: Path
    files: tuple[str, ...]

    @property
    def size(self) -> int:
        """Size of all files in bytes."""
        return sum((self.folder / name).stat().st_size for name in self.files)


def plan_push(path: Path) -> Push:
    """Return what a push of a run directory, or of a dataset's folder, would send.

    Only a dataset's own files are sent: the card, `failed.jsonl` and the folders of formats. Raises
    InputError if there is no dataset.
    """
    folder = next((at for at in (RunDir(path).dataset, path) if (at / CARD).is_file()), None)
    if folder is None:
        raise InputError(
            f"{path}: no dataset is here (expected {CARD} or dataset/{CARD});"
            " `toolace-mt export` makes that of a run"
        )
    rooms = {*FORMATS, "strings", FAILED}
    with storage(folder):
        found = sorted(
            str(file.relative_to(folder))
            for file in folder.rglob("*")
            if file.is_file() and file.relative_to(folder).parts[0] in rooms
        )
    beside = [name for name in ("failed.jsonl", CARD) if (folder / name).is_file()]
    return Push(folder, (*found, *beside))


def push(planned: Push, repo_id: str, public: bool = False) -> str:
    """Push to a dataset repository, which is created if there is none; return its address.

    A new repository is private unless `public`. The token is that of `hf auth login` or HF_TOKEN.

    - InputError: the Hub refuses the token or the data, or the repository is public and `public` is
      not set.
    - RunError: the Hub cannot be reached. The same command continues.
    """
    hub = _Hub(HfApi(), repo_id)
    url = hub.call("create_repo", private=not public, exist_ok=True)
    hub.repo_id = url.repo_id
    if not public and hub.call("repo_info").private is False:
        raise InputError(f"{hub.repo_id}: is public already; say --public to push there")
    before = set(hub.call("list_repo_files"))
    for commit in _commits(planned, before):
        hub.call("create_commit", operations=commit, commit_message="Push by toolace-mt")
    return str(url)


def _commits(
    planned: Push, before: set[str]
) -> Iterator[list[CommitOperationAdd | CommitOperationDelete]]:
    """Yield the operations of each commit: one commit, unless there are too many files."""
    rooms = tuple(f"{name}/" for name in (*FORMATS, "strings", FAILED))
    stale = sorted(name for name in before - set(planned.files) if name.startswith(rooms))
    for first in range(0, len(planned.files), FILES_PER_COMMIT):
        names = planned.files[first : first + FILES_PER_COMMIT]
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationAdd(name, str(planned.folder / name)) for name in names
        ]
        if first + FILES_PER_COMMIT >= len(planned.files):
            operations += [CommitOperationDelete(name) for name in stale]
        yield operations


class _Hub:
    """The Hub's interface to one repository. Errors that may pass are tried again."""

    def __init__(self, api: HfApi, repo_id: str) -> None:
        self._api = api
        self.repo_id = repo_id

    def call(self, method: str, **arguments: Any) -> Any:
        """Call a method of `HfApi` on the repository.

        The library's own retry waits for an exception that is never raised.
        """
        function = getattr(self._api, method)
        return self._again(lambda: function(self.repo_id, repo_type="dataset", **arguments))

    def _again(self, function: Callable[[], Result]) -> Result:
        for attempt in range(ATTEMPTS):
            try:
                return function()
            except HfHubHTTPError as error:
                if error.response.status_code not in _AGAIN or attempt == ATTEMPTS - 1:
                    raise self._refused(error) from error
                _sleep(_wait(attempt, error.response.headers.get("Retry-After")))
            except (httpx2.TransportError, OSError) as error:
                if isinstance(error, FileNotFoundError | PermissionError):
                    raise InputError(f"{error.filename}: cannot be read") from error
                if attempt == ATTEMPTS - 1:
                    raise RunError(
                        f"{self.repo_id}: the Hub cannot be reached ({_safe(error)}); the same"
                        " command continues"
                    ) from error
                _sleep(_wait(attempt, None))
            except HFValidationError as error:
                raise InputError(f"{self.repo_id}: not a repository's name, as me/data") from error
            except ValueError as error:  # refused by the library, such as a card's header
                raise RunError(f"{self.repo_id}: not pushed: {_safe(error)}") from error
        raise AssertionError("unreachable")

    def _refused(self, error: HfHubHTTPError) -> InputError | RunError:
        status = error.response.status_code
        said = _safe(error.server_message or error.response.reason_phrase or "no reason given")
        if status in (401, 403, 404):
            return InputError(
                f"{self.repo_id}: the Hub refused ({status}: {said}); log in with `hf auth login`"
                " or set HF_TOKEN to a token that may write there"
            )
        return RunError(
            f"{self.repo_id}: the Hub answered {status} ({said}); the same command continues"
        )


def _safe(error: object) -> str:
    """Return a message on one line, without the token."""
    token = get_token()
    text = str(error)
    return one_line(text.replace(token, "***") if token else text)


def _wait(attempt: int, asked: str | None) -> float:
    seconds = float(asked) if asked and asked.isdecimal() else _FIRST_WAIT * 2**attempt
    return min(seconds, _LONGEST_WAIT)


def _sleep(seconds: float) -> None:
    time.sleep(seconds)
