"""An MCP server, written with the SDK, whose structured output is not what its tool promises."""

import asyncio
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import CallToolResult, ListToolsResult, TextContent, Tool

RETURNS = {
    "type": "object",
    "properties": {"note_id": {"type": "string"}},
    "required": ["note_id"],
}


async def listed(*_: Any) -> ListToolsResult:
    promise = {"input_schema": {"type": "object"}, "output_schema": RETURNS}
    return ListToolsResult(tools=[Tool(name="save", description="Save it.", **promise)])


async def called(*_: Any) -> CallToolResult:
    text = TextContent(type="text", text="saved all the same")
    return CallToolResult(content=[text], structured_content={"note_id": 7})


async def serve() -> None:
    server = Server("broken", on_list_tools=listed, on_call_tool=called)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


asyncio.run(serve())
