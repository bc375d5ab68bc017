"""Live tools: calls are made for real, in a world of its own for every dialogue."""
