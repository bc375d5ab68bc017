"""Peculiarities of one server: what it has refused is remembered and not sent again."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from json_repair import repair_json

from toolace_mt.calls.ask import Unreadable, read_json
from toolace_mt.calls.request import Request
from toolace_mt.engine.openai.answers import bare, quote
from toolace_mt.engine.openai.complaints import Complaint
from toolace_mt.schemas.check import check_value
from toolace_mt.trajectory import JsonObject

# Optional fields. Of two that exclude each other, the first is dropped.
_OPTIONAL: Final = ("seed", "top_p", "temperature", "stream")

_PROMPTED = """

Answer with one JSON value and nothing else: no explanation, no code fence. It must fit this JSON \
Schema:
"""


@dataclass(slots=True)
class Dialect:
    """Writes requests for one server and reads its answers.

    `args` are added to every request; a null value removes a field. With `may_prompt`, a schema
    that the server does not take is put into the prompt.
    """

    model: str
    args: JsonObject = field(default_factory=dict)
    may_prompt: bool = False
    left_out: set[str] = field(default_factory=set)
    limit: str = "max_tokens"
    loose: set[str] = field(default_factory=set)  # kinds whose schemas are not sent as strict
    prompted: set[str] = field(default_factory=set)  # kinds whose schemas go into the prompt
    all_prompted: bool = False

    def encode(self, request: Request) -> bytes:
        """Return the HTTP body for a request, as JSON."""
        in_prompt = request.schema is not None and self._prompts(request)
        told = _PROMPTED + json.dumps(request.schema, ensure_ascii=False) if in_prompt else ""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.user + told},
            ],
            self.limit: request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed,
        }
        if request.schema is not None and not in_prompt:
            form: dict[str, Any] = {"name": request.kind, "schema": _anchored(request.schema)}
            if "strict" not in self.left_out:
                form["strict"] = request.kind not in self.loose
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        body |= {"stream": False} | self.args
        kept = {k: v for k, v in body.items() if v is not None and k not in self.left_out}
        return json.dumps(kept).encode()

    def learn(self, complaint: Complaint, request: Request) -> None:
        """Adapt to the refusal of `request`; nothing changes if it teaches nothing."""
        if "max_completion_tokens" in complaint.message and self.limit == "max_tokens":
            self.limit = "max_completion_tokens"
            return
        if complaint.about("strict"):
            self.left_out.add("strict")
            return
        for name in _OPTIONAL:
            if name not in self.left_out and name not in self.args and complaint.about(name):
                self.left_out.add(name)
                return
        if request.schema is None or not complaint.about_schema():
            return
        if request.kind not in self.loose:
            # OpenAI's strict mode supports only a part of JSON Schema.
            self.loose.add(request.kind)
        elif self.may_prompt:
            self.prompted.add(request.kind)

    def read(self, request: Request, text: str) -> str:
        """Return the answer in a text; raises Unreadable if it should hold JSON and does not.

        If the schema was put into the prompt, the JSON is extracted and must fit that schema.
        """
        if request.schema is None:
            return bare(text, structured=False)
        answer = bare(text, structured=True)
        if not self._prompts(request):
            return answer
        mended = _mended(answer)
        for problem in check_value(request.schema, read_json(mended)):
            at_fault = f"{problem.path or 'the whole'}: {problem.message}"
            raise Unreadable(f"{at_fault}, got {quote(text)}")
        return mended

    def notes(self) -> JsonObject:
        """Return what was learned of the server, for the record of a run."""
        return {
            "left_out": sorted(self.left_out),
            "limit": self.limit,
            "not_strict": sorted(self.loose),
            "prompted": "all" if self.all_prompted else sorted(self.prompted),
        }

    def _prompts(self, request: Request) -> bool:
        return self.all_prompted or request.kind in self.prompted


def _anchored(schema: Any) -> Any:
    """Return a schema with anchors around its patterns, which are meant for whole strings.

    llama.cpp silently ignores a pattern without anchors.
    """
    if isinstance(schema, list):
        return [_anchored(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    anchored = {
        key: inner if key in ("const", "enum") else _anchored(inner)
        for key, inner in schema.items()
    }
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not (pattern.startswith("^") and pattern.endswith("$")):
        anchored["pattern"] = f"^({pattern})$"
    return anchored


def _mended(text: str) -> str:
    """Return the JSON inside a text; raises Unreadable if there is none."""
    try:
        read_json(text)
    except Unreadable:
        starts = [place for place in map(text.find, "{[") if place >= 0]
        mended = repair_json(text[min(starts) :], ensure_ascii=False) if starts else ""
        if not mended:
            raise Unreadable(f"expected JSON, got {quote(text)}") from None
        return mended
    return text
