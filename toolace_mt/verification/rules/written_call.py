"""The rule on calls written as text: what should have been a call stands in a reply."""

import re
from collections.abc import Iterator
from functools import lru_cache

from toolace_mt.caching import cached
from toolace_mt.trajectory import Finding, Severity
from toolace_mt.verification.facts import Facts, finding, shown

_LONGEST = 50_000  # characters of one text that are searched
# What opens a call in the templates of common models; nobody writes these in prose.
_MARKS = re.compile(
    r"\[/?TOOL_CALLS?\]|\[(?:TOOL_REQUEST|FUNCTION_CALL|tool_call|ARGS|CALL_ID)\]"
    r"|<\|/?(?:tool_calls?|python_tag|action_start|plugin|tool_call_start|tool_call_end|tool_sep"
    r"|tool_calls_(?:section_)?(?:begin|end)|tool_call_(?:begin|end|argument_begin)|call"
    r"|FunctionCallBegin"
    r"|recipient|channel|tool_list)\|>"
    r"|<[|｜](?:DSML[|｜])?(?:tool[▁_ ]calls?|function[▁_ ]calls?|invoke)(?:[▁_ ](?:begin|end"
    r"|section))*"
    r"|</?(?:tool_calls?|function_calls?|tool_use|start_function_call|end_function_call|tool_code"
    r"|use_mcp_tool|functioncall|multitool_use|TOOLCALL|tool-call|arg_key|arg_value)>"
    r"|<(?:antml:)?(?:invoke|function|tool|call)(?:=| name=| id=|"
    r" tool=)[\"']?[\w.:/-]+[\"']?[^>\n]{0,80}>"
    r"|\bfunctools\[|✿FUNCTION✿|```tool_(?:code|call|use)|(?:^|\s)to=(?:functions|tools)\.\w+"
    r"|\bmulti_tool_use\.parallel\b",
    re.IGNORECASE,
)
_SIGNS = (
    "<",
    "[",
    "`",
    "{",
    "(",
    "action",
    "to=",
    "✿",
    "functools",
    "tool",
    "call",
    "func",
    "invok",
)
_CODE_ASKED = re.compile(
    r"\b(?:code|scripts?|snippets?|curl|syntax|sdk|documentation|docs|python|javascript|typescript"
    r"|how (?:do|would|can|should) (?:i|you|we) (?:call|invoke|use)|implement\w*|programm?\w*"
    r"|example (?:call|request|of (?:a|the) call)|(?:call|request|payload) look|tool calls?"
    r"|json (?:schema|example|payload|body|format)|exact (?:call|request)|raw (?:call|request)"
    r"|código|codigo|beispielcode|quellcode|programa)\b|代码|脚本|コード|код\b|怎么调用|如何调用",
    re.IGNORECASE,
)
_MENTIONED = re.compile(
    r"\b(?:used?|using|call(?:ed|ing)?|via|through|with|the|tool|function|named|run|ran|method"
    r"|invok\w*|like|as|e\.g\.|example|did)[ :]*$",
    re.IGNORECASE,
)
_REPORTED = re.compile(r"\b(?:called|used|made|ran|asked|sent|invoked|queried)\b[^.\n]*$")
_FENCE = re.compile(r"```[\w-]*\n?")
_MOST_NAMES = 400


def written_call(facts: Facts) -> Iterator[Finding]:
    """No reply holds a call as text, in whatever spelling: a call is made, not written.

    What names a tool of the dialogue as a call counts, and so do the marks with which models open
    calls. A tool may be mentioned, and code may be shown to those who ask for code (a warning).
    """
    names = {tool.name for tool in facts.trajectory.tools if len(tool.name) > 1}
    for index, turn in enumerate(facts.turns):
        text = turn.content[:_LONGEST]
        if turn.role != "assistant" or not _has_signs(text):
            continue
        marked = _MARKS.search(text)
        named = () if marked else tuple(sorted(name for name in names if name in text))
        found = marked.group().strip() if marked else _forms(named).find(text) if named else ""
        if not found:
            continue
        fine = _was_heard(facts, index, found) or (not marked and _is_code_wanted(facts, index))
        severity: Severity = "warning" if fine else "error"
        yield finding("written_call", severity, f"a call written as text: {shown(found)}", index)


@cached
def _has_signs(text: str) -> bool:
    lower = text.lower()
    return any([sign in lower for sign in _SIGNS])  # noqa: C419 (a list is faster here)


def _is_code_wanted(facts: Facts, index: int) -> bool:
    """Tell whether one of the user's last two messages before a turn asks for code."""
    heard = [turn.content for turn in facts.turns[:index] if turn.role == "user"]
    return any(_CODE_ASKED.search(text[:_LONGEST]) for text in heard[-2:])


def _was_heard(facts: Facts, index: int, found: str) -> bool:
    """Tell whether the user has used this very text before: then it is what they speak of."""
    return any(found in turn.content for turn in facts.turns[:index] if turn.role == "user")


class _Forms:
    """The spellings of a call for some tools, as patterns."""

    def __init__(self, names: tuple[str, ...]) -> None:
        known = sorted(names, key=len, reverse=True)[:_MOST_NAMES]
        name = "|".join(re.escape(name) for name in known)
        prefix = r"(?:functions?\.|tools?\.|default_api\.|api\.|self\.)?"
        quoted = rf"[\"'“]{prefix}(?:{name})[\"'”]"
        self.object = re.compile(
            r"[\"'](?:name|tool|function|tool_name|function_name|action|recipient_name|api|api_name"
            rf"|method|command|tool_call|func|plugin|operation)[\"']\s*:\s*{quoted}"
            rf"|\{{\s*{quoted}\s*:\s*[{{\[]"
        )
        self.labelled = re.compile(
            r"(?:^|\n)[\s>*_#-]*(?:action|tool|function|tool[ _]call|function[ _]call|call|calling"
            r"|tool[ _]name|function[ _]name|invoke|invoking|using tool|name)[*_]*\s*(?::|="
            r"|->)[*_`\s]*"
            rf"[\"']?{prefix}(?:{name})(?![\w-])(?P<rest>[^\n]{{0,80}}(?:\n[^\n]{{0,40}})?)",
            re.IGNORECASE,
        )
        self.applied = re.compile(
            rf"(?<![\w.])(?P<call>{prefix}(?:{name}))\("
            r"(?P<inside>\s*(?:\)|[\w.\"'“]+\s*[=:]|[{\[\"'“]|-?\d))"
        )
        self.element = re.compile(
            rf"<(?:{name})(?:\s[^>\n]{{0,80}})?/?>\s*(?:<|\{{|\w[^<\n]{{0,80}}<)"
        )
        self.colon = re.compile(rf"\bcall:{prefix}(?:{name})\{{")
        self.command = re.compile(
            rf"(?:^|\n|`)\s*[/@!]?{prefix}(?:{name})\s*(?:\n\s*)?(?:\{{\s*[\"']|<\|?\w+\|?>\{{)"
        )

        self.given = re.compile(
            rf"(?<![\w.])(?:{name})[^\w\n]{{0,4}}(?: ?(?:with|using|on)[: ]+)?[`*]{{0,3}}"
            rf"(?:\{{\s*[\"']\w+[\"']\s*:|\w+=[\"'])"
            rf"|\bto={prefix}(?:{name})\b|<(\w+)>\s*(?:{name})\s*</\1>"
        )

    def find(self, text: str) -> str:
        """Return the first call that a text holds as text, "" if it holds none."""
        for pattern in (self.object, self.element, self.colon, self.command):
            if match := pattern.search(text):
                return match.group().strip()
        for match in self.given.finditer(text):
            if not _REPORTED.search(text[max(0, match.start() - 40) : match.start()]):
                return match.group().strip()
        for match in self.labelled.finditer(text):
            if _has_input(match["rest"]):
                return match.group().strip()
        for match in self.applied.finditer(text):
            if _stands_alone(text, match):
                return match.group().strip()
        return ""


_forms = lru_cache(maxsize=256)(_Forms)


def _has_input(rest: str) -> bool:
    """Tell whether what follows a tool's name is the input of a call, or nothing at all."""
    told = rest.strip(" \t\n*_`\"'.,;")
    return told == "" or any(
        sign in rest for sign in ("{", "(", "[", "=", "nput", "rgument", "aram")
    )


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Tell whether a call in the syntax of a language stands there to be made, not to be spoken of.

    It is spoken of inside a sentence ("I used `find(city="Oslo")` for it"); it is to be made on a
    line of its own, in brackets, after `print(`, or in a block of code.
    """
    start = text.rfind("\n", 0, match.start()) + 1
    before = text[start : match.start()]
    end = text.find("\n", match.end())
    after = text[match.end() : end if end >= 0 else len(text)]
    opened = len(_FENCE.findall(text, 0, match.start())) % 2 == 1
    bare = before.strip(" \t`*_>-[(;,") in ("", "print", "await", "return", "result =")
    assigned = re.fullmatch(r"\s*\w+\s*=\s*(?:await )?", before) is not None
    if opened or assigned:
        return True
    if before.rstrip().endswith((":", "[")) and not _MENTIONED.search(before.rstrip(" [`")):
        return True
    rest = after.rpartition(")")[2].strip(" `*_.;])")
    inside = match["inside"].strip()
    if rest == "" and end < 0 and before.strip(" `*_")[-1:] in (".", "!", ":", "。", "！", "："):
        return True
    return bare and (rest == "" or inside != ")")
