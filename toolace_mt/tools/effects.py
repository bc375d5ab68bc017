"""Whether a tool only looks something up, or changes something: by its name and description."""

import re
from functools import lru_cache

from toolace_mt.trajectory import Tool

_READS = re.compile(
    r"^(?:get|list|search|find|check|look|lookup|fetch|query|read|view|show|retrieve|browse|track"
    r"|describe|calc\w*|compute|convert|translate|compare|is|has|count|estimate|validate|verify"
    r"|recommend|suggest|forecast|think|analy\w*|summar\w*|detect|predict|status|available|quote"
    r"|preview|monitor|locate|identify|inspect|explore|explain|evaluate|who|what|where)(?=$|[^a-z])"
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\x00-\x7f]+")


@lru_cache(maxsize=4096)
def reads(tool_name: str) -> bool:
    """Tell whether a tool only looks something up, by its name."""
    words = name_words(tool_name.rpartition(".")[2])
    return bool(words) and (
        _READS.match("_".join(words)) is not None
        or words[-1] in ("status", "info", "details", "search", "lookup", "query", "forecast")
    )


def writes(tool: Tool) -> bool:
    """Tell whether a tool changes something: neither name nor description says that it looks up."""
    verb = tool.description.partition(" ")[0].lower()  # "Lists the orders of a customer"
    forms = (verb, verb.removesuffix("s"), verb.removesuffix("es"))
    return not reads(tool.name) and not any(map(_READS.match, forms))


def name_words(name: str) -> list[str]:
    """Return the words of a tool's name in lower case, be it spelt a_b, a-b or aB."""
    return [word.lower() for word in _WORDS.findall(name)]
