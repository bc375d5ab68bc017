"""From a request's two texts to the token ids that the model's own chat template makes of them."""

from collections import OrderedDict
from typing import Any

from toolace_mt.errors import EngineError

_SYSTEM, _USER = "SYSTEMPART", "USERPART"
_CACHED_HEADS = 4096
# Starts and ends where tokenizers are known to join characters across a boundary.
_PROBES = ("Dialogue:\n[0] user: hi", "{a}", "é漢 1", "0 12 345", "'s <b>", ">\n.")


class ChatPrompt:
    """Renders and tokenizes prompts for one model.

    Templates are plain text around the two parts for nearly every model. Where that holds, and
    where the text splits at a special token without changing a single id (both are tried at the
    start, on texts meant to break it), the ids up to the last special token before the user's part
    are kept per system text: it is the same for every call of a dialogue. Otherwise the template
    is rendered and tokenized as a whole, every time.
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
        """Whether the ids of the system part are kept."""
        return self._parts is not None

    def ids(self, system: str, user: str) -> list[int]:
        """Return the prompt's token ids, generation prompt included."""
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
            enable_thinking=False,  # constrained answers start with the answer; others ignore it
        )
        return str(text)

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def _takes_system(self) -> bool:
        """Some templates raise on a system message, and some drop it in silence."""
        from jinja2 import TemplateError

        self._has_system = True
        try:
            return _SYSTEM in self._render(_SYSTEM, _USER)
        except TemplateError:
            return False

    def _split(self) -> tuple[str, str, str, str] | None:
        """Return the template's text: before system, up to the last special token, to user, after.

        None if the two parts do not stand exactly once, in order, with a special token between.
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
