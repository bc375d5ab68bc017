"""A tiny MCP server over stdio, for tests: `python tests/mcp_server.py`."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("tiny")


@server.tool()
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


@server.tool(name="text.reverse")
def reverse(text: str) -> str:
    """Reverse a text."""
    return text[::-1]


if __name__ == "__main__":
    server.run("stdio")
