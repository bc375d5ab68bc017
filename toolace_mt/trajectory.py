"""The records that every stage shares. One of them, `Trajectory`, is a dialogue with its history.

A trajectory is the paper's C = (o0, a1, o1, ..., an). An observation `o` is a user message, or the
outputs of the calls just made. An action `a` is one or more tool calls, or a reply.

- Observations and actions alternate strictly, from the user's first to the assistant's last.
- The outputs of parallel calls are one turn.
- Records and the dicts inside them are never changed in place: use `dataclasses.replace`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from toolace_mt.query import Derivation
from toolace_mt.scenario import Scenario

JsonObject = dict[str, Any]
Role = Literal["user", "assistant", "tool"]
Injection = Literal[
    "clarification",
    "tool_awareness",
    "error_simulation",
    "policy",
    "confirmation",
    "correction",
    "gradual",
    "non_fc",
]
Status = Literal["simulated", "replayed", "executed"]
Severity = Literal["error", "warning"]
Side = Literal["user", "assistant", "tool", "plan"]
Outcome = Literal["accepted", "rejected", "undecided"]

INJECTION_KINDS: dict[Injection, str] = {
    "clarification": "the user leaves out a value, the assistant asks",
    "tool_awareness": "a tool is missing, and may be added",
    "error_simulation": "a call fails, the assistant adjusts",
    "policy": "the user asks for what the policy forbids, the assistant declines",
    "confirmation": "the assistant says what it is about to do and asks first",
    "correction": "the user changes a value that was told before",
    "gradual": "the user tells several values one by one, when asked",
    "non_fc": "chit-chat, or a question that needs no tool",
}
"""The kinds of injection, and what each does to a dialogue (refinement/injections has them)."""
INJECTIONS: tuple[Injection, ...] = tuple(INJECTION_KINDS)


@dataclass(frozen=True, slots=True)
class UsageExample:
    """An exchange around one call of a tool, shown to models as a task example.

    Slots stand in place of values: `{name}` is an argument, `{outputs.path}` a value of the call's
    output (`{outputs.flights[0].price}`, or `{outputs.[0].price}` if the output is an array).
    """

    user: str
    reply: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the assistant can call.

    `parameters` is the JSON Schema of an object, `returns` that of any value. `name` fits every
    API. `original` is the tool's name on its server, "" if it is the same. `server` provides the
    tool and `source` is where its definition was read; each is "" if unknown.
    """

    name: str
    description: str
    parameters: JsonObject
    returns: JsonObject | None = None
    domain: str = "general"
    license: str = ""
    usage: tuple[UsageExample, ...] = ()
    original: str = ""
    server: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call. `id` is unique in its dialogue; `arguments` is an object, never a string."""

    id: str
    name: str
    arguments: JsonObject


def call_id(number: int) -> str:
    """Return the id of the call with that number: nine characters, as Mistral's templates need."""
    return f"call{number:05d}"


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """The output of one call: any JSON value. `error` says that the call failed."""

    call_id: str
    content: Any
    error: bool = False
    status: Status = "simulated"


@dataclass(frozen=True, slots=True)
class Turn:
    """One observation or action.

    - user: `content`; `adds` names the tools that become available with this turn.
    - assistant: `calls`, with an optional `content` beside them, or a reply in `content` alone.
    - tool: `outputs`, one for each call of the turn before, in the same order.

    `subtask` is the index of the sub-task that the turn serves, -1 if none. `injection` is the kind
    of injection that wrote it. `selected` counts how often refinement has masked it. `reasoning` is
    what the assistant thinks before it makes the calls of the turn, "" if nothing was written.
    """

    role: Role
    content: str = ""
    calls: tuple[ToolCall, ...] = ()
    outputs: tuple[ToolOutput, ...] = ()
    subtask: int = -1
    injection: Injection | None = None
    adds: tuple[str, ...] = ()
    selected: int = 0
    reasoning: str = ""

    @property
    def is_action(self) -> bool:
        """True for the assistant's turns; observations are everything else."""
        return self.role == "assistant"


@dataclass(frozen=True, slots=True)
class SubTask:
    """One sub-task of the plan: a goal in words, and for each step the tools called in parallel."""

    goal: str
    steps: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Task:
    """The plan that task initialization writes: an ordered list of sub-tasks."""

    subtasks: tuple[SubTask, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a fill was adopted, and why.

    `choice` is the judge's answer: "new" or "old", "undecided" if it was unreadable (the old turns
    stay), "rules" if the rules decided and no judge was asked. `new_first` says whether the judge
    saw the new turns first; the order is drawn from the seed.
    """

    adopted: bool
    choice: Literal["new", "old", "undecided", "rules"]
    reason: str = ""
    new_first: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a trajectory. `turns` are indexes into the trajectory before this change."""

    round: int
    kind: Injection | Literal["refinement"]
    turns: tuple[int, ...]
    before: tuple[Turn, ...]
    after: tuple[Turn, ...]
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that a check found. `check` is the stable name of the rule or expert.

    `turn` is an index into `Trajectory.turns`, -1 for the whole dialogue. `path` is a place inside
    the call or text (`calls[0].arguments.date`), `side` is who is at fault. An "error" rejects the
    dialogue.
    """

    check: str
    severity: Severity
    message: str
    turn: int = -1
    tool: str = ""
    path: str = ""
    side: Side = "assistant"


@dataclass(frozen=True, slots=True)
class Answer:
    """One expert's answer to its one question. An unreadable answer is "undecided"."""

    expert: str
    outcome: Literal["pass", "fail", "undecided"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of verification, with the findings and answers that it follows from."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one argument value came from.

    The value stands at `path` in turn `turn`. `kind` is one of "user", "output", "schema" (a
    default or enum of the tool), "derived" (another format of such a value, or arithmetic on it),
    "chosen" (by a constraint that the user states), "text" (free text, judged by overlap) or
    "nowhere". `source` names the place (`turn 4: results[0].id`) or the query, as
    `selection.formula` writes it.
    """

    turn: int
    path: str
    kind: Literal["user", "output", "schema", "derived", "chosen", "text", "nowhere"]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """The cost of one stage of one dialogue.

    `depth` is the length of the longest chain of calls in which each waited for the one before.
    `seconds` sums the latencies of all calls, `critical_seconds` those along that chain. Seconds
    are measurements, so the dataset leaves them out: its rows depend on the completions alone.
    """

    stage: str
    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    depth: int = 0
    seconds: float = 0.0
    critical_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A dialogue at any stage, finished or not.

    `tools` are all its tools; one that some turn's `adds` names is available only from that turn
    on. `system` is the system prompt, which states `scenario` where there is one. `failure` is why
    the dialogue could not be made, "" otherwise; later stages leave a failed dialogue unchanged.
    `derivations` say which arguments the user asks for by a constraint; they name calls by id, so
    that they hold wherever refinement moves a turn.
    """

    id: str
    seed: int
    tools: tuple[Tool, ...] = ()
    task: Task | None = None
    turns: tuple[Turn, ...] = ()
    edits: tuple[Edit, ...] = ()
    verdict: Verdict | None = None
    origins: tuple[Origin, ...] = ()
    usage: tuple[Usage, ...] = ()
    failure: str = ""
    system: str = ""
    scenario: Scenario = field(default_factory=Scenario)
    derivations: tuple[Derivation, ...] = ()

    def tool(self, name: str) -> Tool | None:
        """Return the tool of that name, available or not; None if there is none."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def available(self, turn: int) -> tuple[Tool, ...]:
        """Return the tools that the assistant can call at that turn index."""
        late = {name for later in self.turns[turn + 1 :] for name in later.adds}
        return tuple(tool for tool in self.tools if tool.name not in late)

    def calls(self) -> Iterator[tuple[int, ToolCall, ToolOutput | None]]:
        """Yield every call with its turn index and its output (None if it has none)."""
        for index, turn in enumerate(self.turns):
            following = self.turns[index + 1] if index + 1 < len(self.turns) else None
            outputs = {o.call_id: o for o in following.outputs} if following else {}
            for call in turn.calls:
                yield index, call, outputs.get(call.id)
