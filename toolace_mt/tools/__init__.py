"""Tools: definitions, sources, the pool that dialogues sample from, and links between tools."""
