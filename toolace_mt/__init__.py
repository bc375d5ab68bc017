"""Multi-turn tool-calling dialogues: written whole, refined by mask-and-fill, verified."""

__version__ = "0.1.0"
