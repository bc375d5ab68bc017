"""What is asked and replied around a call of a tool that nobody gave usage examples.

Texts are made from the tool's description, its name and the words of its parameters. A description
is untrusted: what is taken from it is the rest of a sentence that begins with a verb of our list,
without markup, digits, braces and quotes, and short.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from toolace_mt.calls.prompt import one_line
from toolace_mt.schemas.words import words_of
from toolace_mt.texts.slots import in_words
from toolace_mt.texts.verbs import DOING, LOOKING
from toolace_mt.trajectory import Tool, UsageExample

_TOLD = 2  # values of an output that a reply tells
_BEGINNING = 7  # characters by which openings differ
_LONGEST = 90  # characters of a wish
_SHOWN = 200  # characters of a description that a prompt shows again
_ASKING = (
    *("Can you {}?", "Could you {}?", "Please {}.", "I need you to {}.", "I'd like you to {}."),
    "Could you {} for me?",
)
_FOUND = (
    *("Here is what I found.", "I have the answer.", "This is what came back.", "I looked it up."),
    *("There is a result.", "I can tell you more now."),
)
_DONE = (
    *("That is done.", "It is done.", "I have taken care of it.", "That went through."),
    *("I have seen to it.", "Consider it done."),
)
_VERBS = LOOKING | DOING
_INSTEAD = {"return": "get", "provide": "get", "lookup": "look up", "obtain": "get"}
_LEAD = re.compile(
    r"(?:(?:this|the|an?)\s+)?(?:[\w-]+\s+)?(?:tool|function|endpoint|api|method|operation|command)s?"
    r"\s+(?:that|which|to|will|can|is used to|allows you to|lets you|enables you to)\s+"
    r"|use\s+(?:this|it)(?:\s+\w+)?\s+(?:to|when you (?:need|want) to)\s+"
    r"|(?:used to|allows? (?:you |users |the user )?to|lets you|helps? (?:you )?(?:to )?|to)\s+",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[^.]{2})[.!?:;](?:\s|$)|\s[-\u2013\u2014]\s|\n")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>|[*_`#]{1,3}(?=\W|$)|(?<!\w)[*_`#]{1,3}")
_VAGUE = re.compile(
    r"\s(?:in|of|for|by|from|with|using|at|on|to|under|based on|matching|given|via)\s(?:(?:an?|the"
    r"|its|their|one|one or more|some)\s)?(?:specific|specified|given|particular|provided|certain"
    r"|ids?|names?|keys?|quer(?:y|ies)|patterns?)\b.*"
    r"|\s(?:based on|given|using|via|so that|such as|including|if|when|where|while)\s.*",
    re.IGNORECASE,
)
_ADVERB = re.compile(r"\w+ly\s+", re.IGNORECASE)
_ALSO = re.compile(r",?\s(?:or|and|then)\s(?:then\s)?(?:\w+ly\s)?([a-z]+)\b")
_DANGLING = re.compile(r"(?:\s(?:or|and|with|to|for|of|in|from|by|the|an?|as|on|at|that))+$")
_QUALIFIED = re.compile(r"\b(?:specific|specified|given|particular|provided)\s+", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z ,'/&-]*")
_UNNAMED = re.compile(r"\b(current|latest|complete|entire|full|whole|last)\b")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_PLACE = re.compile(r"\[(\d+)\]")


def worded_usage(
    tool: Tool,
    asked: Iterable[str],
    slots: Iterable[str],
    rng: random.Random,
    said: Sequence[str] = (),
) -> UsageExample:
    """Return an exchange around a call of `tool`: a request that states the arguments `asked`.

    `slots` are the paths of all arguments and outputs of the call (`city`, `outputs.price`). The
    reply tells the first two outputs. `said` are texts whose words are not used again, if possible.
    """
    wish, looking = wish_of(tool)
    told = [path for path in slots if path.startswith("outputs.")][:_TOLD]
    opening = _fresh([ask.format(wish) for ask in _ASKING], said, rng)
    reply = _fresh(_FOUND if looking else _DONE, said, rng)
    request = " ".join((opening, *statement(list(asked), tool)))
    return UsageExample(request, " ".join((reply, *statement(told, tool))))


def _fresh(among: Sequence[str], said: Sequence[str], rng: random.Random) -> str:
    """Return one of several texts that does not begin like any that was said, if there is one."""
    begun = {text[:_BEGINNING] for text in said}
    return rng.choice([text for text in among if text[:_BEGINNING] not in begun] or among)


def about(tools: Iterable[Tool]) -> list[str]:
    """Return a line for each tool without usage examples: its name and its description."""
    found = {tool.name: tool for tool in tools if not tool.usage}
    return [f"{name}: {_cut(one_line(tool.description), _SHOWN)}" for name, tool in found.items()]


def wish_of(tool: Tool) -> tuple[str, bool]:
    """Return what the tool does, in words that follow "can you", and whether it only looks."""
    return _wish(tool.name, tool.description)


@lru_cache(maxsize=4096)
def _wish(name: str, description: str) -> tuple[str, bool]:
    for sentence in _SENTENCE.split(description[:600], maxsplit=2)[:2]:
        wish = _cleaned(sentence)
        if wish is not None:
            return wish, _base(wish.split()[0]) in LOOKING
    words = [word for word in words_of(name) if word.isalpha()]
    for at, word in enumerate(words):  # `puppeteer_click_button`, `dashboard_update`
        verb = _base(word)
        if verb and len(words) > 1:
            about = words[at + 1 :] or words[:at]
            return " ".join((_said(verb), *_named(about))), verb in LOOKING
    return " ".join(("get", *_named(words or ["result"]))), True


def _named(words: Sequence[str]) -> Iterator[str]:
    if not words[-1].endswith("s") or words[-1].endswith("ss"):
        yield "the"
    yield from words


def _cleaned(sentence: str) -> str | None:
    """Return a sentence of a description as a wish, None if it is none."""
    text = one_line(_ASIDE.sub(" ", sentence)).strip(" .,-")
    for lead in (_LEAD, _ADVERB):
        if found := lead.match(text):
            text = text[found.end() :]
    first, _, rest = text.partition(" ")
    verb = _base(first.lower().strip(",:"))
    if verb is None or not rest:
        return None
    rest = _QUALIFIED.sub("", _VAGUE.sub("", f" {rest}")).strip()
    for other in _ALSO.finditer(rest):  # one wish is enough
        if other[1] in _VERBS and other.start() > 3:
            rest = rest[: other.start()]
            break
    if _UNNAMED.match(rest):
        rest = f"the {rest}"
    rest = re.sub(r"\b(?:your|the user's|a user's)\b", "my", rest)
    whole = _DANGLING.sub("", _cut(f"{_said(verb)} {rest}".strip(), _LONGEST))
    return whole if _PLAIN.fullmatch(whole) and len(whole.split()) > 1 else None


def _base(word: str) -> str | None:
    """Return a verb of the list in its base form (`Searches` gives "search"), None for others."""
    low = word.lower()
    forms = (low, low.removesuffix("s"), low.removesuffix("es"), f"{low.removesuffix('ies')}y")
    return next((form for form in forms if form in _VERBS or form in _INSTEAD), None)


def _said(verb: str) -> str:
    return _INSTEAD.get(verb, verb)


def _cut(text: str, most: int) -> str:
    """Return a text of at most `most` characters, cut before a comma or a word."""
    if len(text) <= most:
        return text
    whole = text[:most].rpartition(" ")[0]
    comma = whole.rfind(", ")
    return whole[:comma] if comma > most // 3 else whole.rstrip(" ,")


def statement(paths: Sequence[str], tool: Tool) -> Iterator[str]:
    """Yield one sentence that states the values at these paths, if there are any."""
    words = _words(paths, tool)
    parts = [f"the {said} {verb} {{{path}}}" for path, (said, verb) in words.items()]
    whole = ["It says: {" + path + "}." for path in paths if path not in words]
    if parts:
        *before, last = parts
        said = f"{', '.join(before)} and {last}" if before else last
        yield f"{said[0].upper()}{said[1:]}."
    yield from whole


def _words(paths: Sequence[str], tool: Tool) -> Mapping[str, tuple[str, str]]:
    """Return for each path the words for its value, and "is" or "are"."""
    properties = tool.parameters.get("properties") or {}
    found: dict[str, tuple[str, str]] = {}
    taken: dict[str, int] = {}
    for path in paths:
        schema = properties.get(path)
        schema = schema if isinstance(schema, dict) else {}
        said = _called(path, str(schema.get("description") or ""))
        if not said:
            continue
        number = taken[said] = taken.get(said, 0) + 1
        if number > 1:
            place = _PLACE.search(path)
            at = min(int(place[1]) if place else number - 1, len(_ORDINALS) - 1)
            said = f"{_ORDINALS[max(at, 1)]} {said}"
        many = said.endswith("ids") or (
            schema.get("type") in ("array", "object") and said.endswith("s")
        )
        found[path] = (said, "are" if many else "is")
    return found


def _called(path: str, description: str) -> str:
    """Return the words of a parameter; of one called `q` or `k2`, those of its description."""
    said = in_words(path)
    if len(said) > 2 or said in ("id", "to", "cc"):
        return said
    told = one_line(_ASIDE.sub(" ", _SENTENCE.split(description, maxsplit=1)[0])).lower()
    told = re.sub(r"^(?:the|an?) ", "", told).strip(" .,")
    return told if _PLAIN.fullmatch(told) and len(told.split()) <= 4 else said
