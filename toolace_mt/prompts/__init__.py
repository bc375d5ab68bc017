"""Prompt templates, one Jinja file per model call, and the function that fills them in.

A prompt is laid out `preamble | tools | dialogue so far | what to do now` (see `layout`): what the
calls of one dialogue have in common comes first, so that prefix caching pays for most of it.
"""

import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("toolace_mt", "prompts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.get_template(f"{name}.j2")


def render(name: str, **values: Any) -> str:
    """Fill in the template `name`, such as "refinement/fill"; a value it lacks is an error."""
    return _template(name).render(**values).strip()
