"""The seam to real tools: a call goes in, what the tool returns comes out.

Where tools come from (MCP servers, OpenAPI, Python) is the matter of a source; stages see one
function. A source that keeps state gives every dialogue an `Execute` of its own, and is given the
calls of that dialogue in order.
"""

from collections.abc import Awaitable, Callable

from toolace_mt.trajectory import ToolCall, ToolOutput

Execute = Callable[[ToolCall], Awaitable[ToolOutput | None]]
"""Returns the output with status "executed", or None where no real tool stands behind the call."""
