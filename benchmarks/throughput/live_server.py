"""A help desk behind a small MCP server: every call takes LATENCY seconds."""

import asyncio
import os
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import CallToolResult, ListToolsResult, TextContent, Tool

LATENCY = float(os.environ.get("LATENCY", "0"))
TICKETS: dict[str, str] = {}
STATES = ("open", "waiting", "solved")


def _object(*names: str) -> dict[str, Any]:
    known = {
        "ticket_id": {"type": "string", "examples": ["TIC-1001"]},
        "ticket_topic": {"type": "string", "examples": ["Printer", "Login", "Invoice", "Screen"]},
        "ticket_state": {"type": "string", "enum": list(STATES)},
    }
    properties = {name: known[name] for name in names}
    return {"type": "object", "properties": properties, "required": list(names)}


_TICKET = _object("ticket_id", "ticket_topic", "ticket_state")
TOOLS = {
    "open_ticket": ("Opens a ticket about a topic.", _object("ticket_topic")),
    "get_ticket": ("Shows a ticket.", _object("ticket_id")),
    "set_ticket_state": ("Changes a ticket's state.", _object("ticket_id", "ticket_state")),
    "close_ticket": ("Closes a ticket that is solved.", _object("ticket_id")),
}


async def listed(*_: Any) -> ListToolsResult:
    """Return the tools."""
    return ListToolsResult(
        tools=[
            Tool(name=name, description=about, input_schema=takes, output_schema=_TICKET)
            for name, (about, takes) in TOOLS.items()
        ]
    )


async def called(_: Any, params: Any) -> CallToolResult:
    """Make a call, after a while."""
    await asyncio.sleep(LATENCY)
    given: dict[str, str] = params.arguments or {}
    ticket = given.get("ticket_id") or f"TIC-{1001 + len(TICKETS)}"
    if params.name == "open_ticket":
        TICKETS[ticket] = given["ticket_topic"]
    topic = TICKETS.setdefault(ticket, "Login")
    state = "solved" if params.name == "close_ticket" else given.get("ticket_state", "open")
    answer = {"ticket_id": ticket, "ticket_topic": topic, "ticket_state": state}
    return CallToolResult(
        content=[TextContent(type="text", text=str(answer))], structured_content=answer
    )


async def serve() -> None:
    """Serve over stdio until the client is gone."""
    server = Server("desk", on_list_tools=listed, on_call_tool=called)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(serve())
