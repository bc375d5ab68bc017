"""Token ids of a request's two texts, by the model's own chat template."""

from collections import OrderedDict
from typing import Any

from toolace_mt.errors import EngineError

_SYSTEM, _USER = "SYSTEMPART", "USERPART"
_CACHED_HEADS = 4096
# Beginnings and ends that tokenizers are known to merge across a boundary.
_PROBES = ("Dialogue:\n[0] user: hi", "{a}", "é漢 1", "0 12 345", "'s <b>", ">\n.")


class ChatPrompt:
    """Renders and tokenizes prompts for one model.

    For nearly every model the template is fixed text around the two parts. Where that holds, and
    where the text can be split at a special token without changing any id, the ids up to the last
    special token before the user's part are cached for each system text, which all calls of a
    dialogue share. Both conditions are tested at the start, on texts chosen to break them.
    Otherwise the whole prompt is rendered and tokenized each time.
    """

    def __init__(self, tokenizer: Any, name: str) -> None:
        self._tokenizer = tokenizer
        self._heads: OrderedDict[str, list[int]] = OrderedDict()
        if not tokenizer.chat_template:
            raise EngineError(f"model {name}: it has no chat template; use an instruction model")
        self._has_system = self._takes_system()
        self._parts = self._split()
        if self._parts and not all(self._exact(probe) for probe in _PROBES):
            self._parts = None
        self._heads.clear()

    @property
    def splits(self) -> bool:
        """Whether the ids of the system part are cached."""
        return self._parts is not None

    def ids(self, system: str, user: str) -> list[int]:
        """Return the prompt's token ids, with the template's generation prompt."""
        system, user = system.strip(), user.strip()
        if self._parts is None:
            return self._encode(self._render(system, user))
        before, between, opening, after = self._parts
        head = self._heads.get(system)
        if head is None:
            head = self._encode(before + system + between)
            if len(self._heads) >= _CACHED_HEADS:
                self._heads.popitem(last=False)
            self._heads[system] = head
        else:
            self._heads.move_to_end(system)
        return head + self._encode(opening + user + after)

    def _render(self, system: str, user: str) -> str:
        messages = [{"role": "user", "content": user}]
        if self._has_system:
            messages.insert(0, {"role": "system", "content": system})
        else:
            messages[0]["content"] = f"{system}\n\n{user}"
        text = self._tokenizer.apply_chat_template(
            messages,
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,  # constrained answers have no room for reasoning
        )
        return str(text)

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def _takes_system(self) -> bool:
        """Return whether the template shows a system message: some raise, some drop it silently."""
        from jinja2 import TemplateError

        self._has_system = True
        try:
            return _SYSTEM in self._render(_SYSTEM, _USER)
        except TemplateError:
            return False

    def _split(self) -> tuple[str, str, str, str] | None:
        """Return the template's text in four parts, None if it cannot be split.

        The parts lie before the system text, up to the last special token, up to the user's text,
        and after it. Both texts must occur exactly once, in order, with a special token between
        them.
        """
        text = self._render(_SYSTEM, _USER)
        if text.count(_SYSTEM) != 1 or text.count(_USER) != 1:
            return None
        before, _, rest = text.partition(_SYSTEM)
        middle, _, after = rest.partition(_USER)
        ends = [
            middle.rindex(special) + len(special)
            for special in self._tokenizer.all_special_tokens
            if special in middle
        ]
        if _USER in before or not ends:
            return None
        return before, middle[: max(ends)], middle[max(ends) :], after

    def _exact(self, probe: str) -> bool:
        system = f"{probe} {probe}"
        return self.ids(system, probe) == self._encode(self._render(system.strip(), probe.strip()))
