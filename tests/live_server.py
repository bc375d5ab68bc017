"""An MCP server with state, written with the SDK, that can also misbehave."""

import asyncio
import os
import time
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel

server = MCPServer("notes")
LATENCY = float(os.environ.get("LATENCY", "0"))
ONCE = os.environ.get("ONCE", "")


class Saved(BaseModel):
    note_id: str
    note_count: int


class Note(BaseModel):
    note_id: str
    note_text: str


notes: dict[str, str] = {}


@server.tool()
async def save_note(note_text: str) -> Saved:
    """Save a note."""
    await asyncio.sleep(LATENCY)
    note_id = f"NOTE-{1000 + len(notes) + int(os.environ.get('TOOLACE_MT_SEED', '0')) % 1000}"
    notes[note_id] = note_text
    Path("notes.txt").write_text("\n".join(notes.values()))
    return Saved(note_id=note_id, note_count=len(notes))


@server.tool()
async def read_note(note_id: str) -> Note:
    """Read a note that was saved."""
    await asyncio.sleep(LATENCY)
    if note_id not in notes:
        raise ToolError(f"No note {note_id}.")
    return Note(note_id=note_id, note_text=notes[note_id])


@server.tool()
def where() -> str:
    """Tell the working directory and what is in it."""
    return f"{os.getcwd()}: {sorted(os.listdir())}"


@server.tool()
def hang() -> str:
    """Never answer."""
    time.sleep(30)
    return "late"


@server.tool()
def die() -> str:
    """End the server without a word."""
    os._exit(3)


@server.tool()
def die_once(word: str) -> str:
    """End the server the first time that it is called, ever."""
    marker = Path(ONCE)
    if not marker.exists():
        marker.touch()
        os._exit(3)
    return f"{word}, {len(notes)} notes"


@server.tool()
def shout(count: int) -> str:
    """Return a long text, after printing to where only messages belong."""
    print("hello from stdout", flush=True)
    return "x" * count


if __name__ == "__main__":
    server.run()
