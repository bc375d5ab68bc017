"""Prompt templates: one Jinja file per model call, rendered by `calls/prompt.py`."""
