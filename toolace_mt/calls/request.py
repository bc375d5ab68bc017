"""One model call: the request, its completion, and the function type between them."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from toolace_mt.trajectory import JsonObject

Finish = Literal["stop", "length", "abort", "too_long", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Request:
    """One model call, fully determined by its fields.

    The first five fields say what it is for: dialogue id, stage ("initialization", "refinement",
    "verification", "simulation"), `kind` (the template's name), refinement round, and slot (which
    of several calls of that kind). `system` and `user` are the prompt, context first and
    instruction last. `schema` is the JSON Schema that constrains the answer (None: free text).
    """

    dialogue: str
    stage: str
    kind: str
    round: int
    slot: str
    system: str
    user: str
    schema: JsonObject | None = None
    attempt: int = 0
    seed: int = 0
    max_tokens: int = 512
    temperature: float = 0.7
    top_p: float = 1.0

    def key(self, model: str) -> str:
        """Return a stable hash of the request and the model, the key of its completion."""
        parts = (
            *(self.dialogue, self.stage, self.kind, self.round, self.slot, self.attempt),
            *(self.system, self.user, _compact(self.schema), model),
            *(self.seed, self.max_tokens, self.temperature, self.top_p),
        )
        framed = "".join([f"{len(text)}:{text}" for text in map(str, parts)])
        return hashlib.sha256(framed.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model call returned.

    `seconds` is the latency that the engine's caller saw. `finish` says how the call ended; only
    "stop" is a whole answer:

    - "length": it ran into `max_tokens`
    - "abort": the engine cut it off
    - "too_long": the prompt does not fit the model
    - "refused": the engine does not take the schema
    - "failed": the call was given up; `text` holds the cause
    """

    text: str
    finish: Finish
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0


_compact = json.JSONEncoder(separators=(",", ":")).encode


Generate = Callable[[Request], Awaitable[Completion]]
