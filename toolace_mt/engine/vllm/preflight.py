"""Whether the constrained decoder takes a schema, tested before any engine starts."""

import json
from importlib.util import find_spec

from toolace_mt.errors import one_line
from toolace_mt.trajectory import JsonObject


def has_decoder() -> bool:
    """Return whether xgrammar, which comes with vLLM, is installed."""
    return find_spec("xgrammar") is not None


def grammar_problem(schema: JsonObject) -> str | None:
    """Return why xgrammar makes no grammar of a schema, None if it does."""
    from xgrammar import Grammar

    try:
        Grammar.from_json_schema(json.dumps(schema), any_whitespace=False)
    except Exception as error:  # a C++ library raises several kinds, none of them public
        return one_line(error, 160)
    return None
