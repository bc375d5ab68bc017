"""What the tools of the file store take and return."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

FOLDERS = ("reports", "invoices", "contracts", "photos")
LABELS = ("urgent", "draft", "final", "shared")

FileId = Annotated[str, Field(description="Number of the file.", examples=["FIL-6120"])]
Folder = Literal["reports", "invoices", "contracts", "photos"]
Label = Literal["urgent", "draft", "final", "shared"]
FileName = Annotated[
    str,
    Field(
        description="Name of the file.",
        examples=["summary-may.txt", "plan-b.txt", "minutes-4.txt", "offer-new.txt"],
    ),
]
Text = Annotated[
    str,
    Field(
        description="What the file holds.",
        examples=[
            "Sales went up in the south.",
            "The supplier asks for two more weeks.",
            "We agreed on the second option.",
            "All parts have arrived.",
        ],
    ),
]


class File(TypedDict):
    """What is known of a file without opening it."""

    file_id: FileId
    file_name: str
    folder: str
    size_bytes: int
    version: int


class FileLine(TypedDict):
    """A file in a list."""

    file_id: FileId
    file_name: str


class Listing(TypedDict):
    """The files of a folder."""

    folder: str
    file_count: int
    files: list[FileLine]


class Found(TypedDict):
    """The files that hold a word."""

    match_count: int
    files: list[FileLine]


class Content(TypedDict):
    """A file and its text."""

    file_id: FileId
    file_name: str
    text: str


class Moved(TypedDict):
    """Where a file is now."""

    file_id: FileId
    folder: str


class Deleted(TypedDict):
    """A file that lies in the bin."""

    file_id: FileId
    file_name: str
    bin_count: int


class Labelled(TypedDict):
    """A file with the number of its labels."""

    file_id: FileId
    label: str
    label_count: int


class Space(TypedDict):
    """How full a store is."""

    used_bytes: int
    free_bytes: int
    stored_files: int
