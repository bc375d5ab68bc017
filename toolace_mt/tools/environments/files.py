"""A file store: folders, text files with versions and labels, a bin, and a limit of space.

What is deleted lies in the bin, whose files take no space.
"""

import random
import sqlite3
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from toolace_mt.tools.environments.files_records import (
    FOLDERS,
    Content,
    Deleted,
    File,
    FileId,
    FileName,
    Folder,
    Found,
    Label,
    Labelled,
    Listing,
    Moved,
    Space,
    Text,
)
from toolace_mt.tools.environments.files_said import SAID
from toolace_mt.tools.live.environment import usage

SPACE = 2_000  # bytes
_TABLES = """
create table files (id text primary key, name text, folder text, text text, version integer,
                    deleted integer default 0);
create table labels (id text, label text, unique (id, label));
"""
_NAMES = ("budget-q1", "minutes-march", "offer-north", "inventory", "roadmap", "survey", "briefing")
_TEXTS = (
    "Costs fell by four percent against last year.",
    "The meeting moves to the small hall.",
    "Delivery is agreed for the first week of April.",
    "Two pallets are missing from the count.",
    "The launch depends on the translation.",
    "Most answers ask for longer opening hours.",
)
_WORDS = ("agreed", "count", "launch", "meeting", "answers", "costs")


class FileStore:
    """The files of one dialogue's user, in a database in memory."""

    def reset(self, seed: int) -> None:
        """Make files from the seed."""
        rng = random.Random(seed)
        self._rng = rng
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.executescript(_TABLES)
        numbers = rng.sample(range(2000, 9999), len(_NAMES))
        for number, name in zip(numbers, _NAMES, strict=True):
            row = (f"FIL-{number}", f"{name}.txt", rng.choice(FOLDERS), rng.choice(_TEXTS), 1)
            self._db.execute("insert into files values (?, ?, ?, ?, ?, 0)", row)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def candidates(self, tool: str, parameter: str, chosen: dict[str, Any]) -> Sequence[Any]:
        """Return files that are there, folders with files, words that are found."""
        match parameter:
            case "file_id":
                return self._column("id")
            case "folder" if tool == "list_folder":
                return sorted(set(self._column("folder")))
            case "folder" if tool == "move_file":
                here = self._file(chosen["file_id"])["folder"] if "file_id" in chosen else ""
                return [folder for folder in FOLDERS if folder != here]
            case "word":
                texts = " ".join(self._column("text")).lower()
                return [word for word in _WORDS if word in texts]
        return []

    def _column(self, name: str, *, deleted: bool = False) -> list[Any]:
        rows = self._db.execute(
            f"select {name} from files where deleted = ? order by id", (deleted,)
        )
        return [row[0] for row in rows]

    def _file(self, file_id: str) -> File:
        query = "select name, folder, length(text), version from files where id = ? and not deleted"
        row = self._db.execute(query, (file_id,)).fetchone()
        if row is None:
            raise LookupError(f"File {file_id} not found.")
        name, folder, size, version = row
        return {
            "file_id": file_id,
            "file_name": name,
            "folder": folder,
            "size_bytes": size,
            "version": version,
        }

    def _check_space(self, more: int) -> None:
        free = self.get_space()["free_bytes"]
        if more > free:
            raise OSError(f"The store is full: {more} bytes do not fit, {free} are free.")

    @usage(*SAID["list_folder"])
    def list_folder(self, folder: Folder) -> Listing:
        """Lists the files of a folder by name.

        Args:
            folder: Folder of the store.
        """
        query = "select id, name from files where folder = ? and not deleted order by name, id"
        rows = self._db.execute(query, (folder,)).fetchall()
        files: Any = [{"file_id": number, "file_name": name} for number, name in rows]
        return {"folder": folder, "file_count": len(rows), "files": files}

    @usage(*SAID["search_files"])
    def search_files(
        self, word: Annotated[str, Field(examples=list(_WORDS), min_length=3)]
    ) -> Found:
        """Finds the files whose text holds a word.

        Args:
            word: Word to look for, in capital or small letters.
        """
        query = "select id, name from files where instr(lower(text), lower(?)) and not deleted"
        rows = self._db.execute(f"{query} order by name, id", (word,)).fetchall()
        files: Any = [{"file_id": number, "file_name": name} for number, name in rows]
        return {"match_count": len(rows), "files": files}

    @usage(*SAID["get_file_info"])
    def get_file_info(self, file_id: FileId) -> File:
        """Tells name, folder, size and version of a file."""
        return self._file(file_id)

    @usage(*SAID["read_file"])
    def read_file(self, file_id: FileId) -> Content:
        """Opens a file and returns its text."""
        file = self._file(file_id)
        row = self._db.execute("select text from files where id = ?", (file_id,)).fetchone()
        return {"file_id": file_id, "file_name": file["file_name"], "text": row[0]}

    @usage(*SAID["create_file"])
    def create_file(self, folder: Folder, file_name: FileName, text: Text) -> File:
        """Saves a new text file in a folder.

        Args:
            folder: Folder of the store.
        """
        query = "select 1 from files where folder = ? and name = ? and not deleted"
        if self._db.execute(query, (folder, file_name)).fetchone():
            raise FileExistsError(f"There is a file {file_name} in {folder} already.")
        self._check_space(len(text))
        file_id = f"FIL-{self._rng.randrange(2000, 9999)}"
        row = (file_id, file_name, folder, text)
        self._db.execute("insert into files values (?, ?, ?, ?, 1, 0)", row)
        return self._file(file_id)

    @usage(*SAID["append_text"])
    def append_text(self, file_id: FileId, text: Text) -> File:
        """Adds a line of text to the end of a file, as a new version."""
        self._file(file_id)
        self._check_space(len(text) + 1)
        change = "update files set text = text || char(10) || ?, version = version + 1 where id = ?"
        self._db.execute(change, (text, file_id))
        return self._file(file_id)

    @usage(*SAID["move_file"])
    def move_file(self, file_id: FileId, folder: Folder) -> Moved:
        """Moves a file to another folder.

        Args:
            folder: Folder of the store.
        """
        if self._file(file_id)["folder"] == folder:
            raise ValueError(f"File {file_id} is in {folder} already.")
        self._db.execute("update files set folder = ? where id = ?", (folder, file_id))
        return {"file_id": file_id, "folder": folder}

    @usage(*SAID["label_file"])
    def label_file(self, file_id: FileId, label: Label) -> Labelled:
        """Puts a label on a file.

        Args:
            label: Label to put on it.
        """
        self._file(file_id)
        self._db.execute("insert or ignore into labels values (?, ?)", (file_id, label))
        query = "select count(*) from labels where id = ?"
        count = self._db.execute(query, (file_id,)).fetchone()[0]
        return {"file_id": file_id, "label": label, "label_count": count}

    @usage(*SAID["delete_file"])
    def delete_file(self, file_id: FileId) -> Deleted:
        """Puts a file into the bin."""
        name = self._file(file_id)["file_name"]
        self._db.execute("update files set deleted = 1 where id = ?", (file_id,))
        count = len(self._column("id", deleted=True))
        return {"file_id": file_id, "file_name": name, "bin_count": count}

    @usage(*SAID["get_space"])
    def get_space(self) -> Space:
        """Tells how many bytes of the store are used and how many are free."""
        query = "select coalesce(sum(length(text)), 0), count(*) from files where not deleted"
        used, count = self._db.execute(query).fetchone()
        return {"used_bytes": used, "free_bytes": SPACE - used, "stored_files": count}
