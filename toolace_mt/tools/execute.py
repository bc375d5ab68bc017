"""The seam to real tools: a call goes in, the output of the tool comes out.

Stages see a single function, whatever the source of the tools (MCP servers, OpenAPI, Python). A
source with state makes one `Execute` for each dialogue, which gets the calls of that dialogue in
order.
"""

from collections.abc import Awaitable, Callable

from toolace_mt.trajectory import ToolCall, ToolOutput

Execute = Callable[[ToolCall], Awaitable[ToolOutput | None]]
"""Returns the output with status "executed", or None if no real tool serves the call."""
