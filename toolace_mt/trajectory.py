"""The words of the project as frozen records; one of them, `Trajectory`, flows through everything.

A trajectory is the paper's C = (o0, a1, o1, ..., an): observations (a user message, or the outputs
of the calls just made) and actions (tool calls, or a reply) alternate strictly, starting with the
user and ending with the assistant. The outputs of parallel calls are one turn.

Records are never changed in place, nor are the dicts inside them: use `dataclasses.replace`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

JsonObject = dict[str, Any]
Role = Literal["user", "assistant", "tool"]
Injection = Literal["clarification", "tool_awareness", "error_simulation", "non_fc"]
Status = Literal["simulated", "replayed", "executed"]
Severity = Literal["error", "warning"]
Side = Literal["user", "assistant", "tool", "plan"]
Outcome = Literal["accepted", "rejected", "undecided"]

INJECTION_KINDS: dict[Injection, str] = {
    "clarification": "the user leaves out a value, the assistant asks",
    "tool_awareness": "a tool is missing, and may be added",
    "error_simulation": "a call fails, the assistant adjusts",
    "non_fc": "chit-chat, or a question that needs no tool",
}
"""The kinds of injection, and what each does to a dialogue (refinement/injections has them)."""
INJECTIONS: tuple[Injection, ...] = tuple(INJECTION_KINDS)


@dataclass(frozen=True, slots=True)
class UsageExample:
    """A delexicalized exchange around one call of a tool, shown to the model as a task example.

    In both texts values stand as slots: `{name}` is an argument, `{outputs.path}` a value of the
    call's output (`{outputs.flights[0].price}`; of an array `{outputs.[0].price}`).
    """

    user: str
    reply: str


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the assistant can call.

    `parameters` is a JSON Schema of an object, `returns` one of any value. `name` is what every API
    takes; `original` is what its server calls it, "" if that is the same. `server` and `source` say
    whose tool it is and where it was read, "" if nobody knows.
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
    """One call. `id` is unique in its dialogue; `arguments` is an object, never a string."""

    id: str
    name: str
    arguments: JsonObject


def call_id(number: int) -> str:
    """Return the id of the call of that number: nine characters, as Mistral's templates demand."""
    return f"call{number:05d}"


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What one call returned: any JSON value. `error` says that the call failed."""

    call_id: str
    content: Any
    error: bool = False
    status: Status = "simulated"


@dataclass(frozen=True, slots=True)
class Turn:
    """One observation or action.

    user: `content` (and `adds`, names of tools that the user makes available with this turn).
    assistant: `calls`, with an optional `content` beside them, or a reply in `content` alone.
    tool: `outputs`, one for each call of the turn before, in the same order.

    `subtask` is the index of the sub-task it serves, -1 if none. `injection` is the kind of
    injection that wrote it. `selected` counts how often refinement has masked it (section on
    reasonability refinement: the selection probability drops with it).
    """

    role: Role
    content: str = ""
    calls: tuple[ToolCall, ...] = ()
    outputs: tuple[ToolOutput, ...] = ()
    subtask: int = -1
    injection: Injection | None = None
    adds: tuple[str, ...] = ()
    selected: int = 0

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
    """Whether a fill was adopted.

    `choice` is what the judge said: "new", "old", or "undecided" when its answer could not be
    read (the old turns are kept); "rules" when no judge was asked because the rules decided.
    `new_first` is the order in which the two were shown (drawn from the seed).
    """

    adopted: bool
    choice: Literal["new", "old", "undecided", "rules"]
    reason: str = ""
    new_first: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of the ledger. `turns` are indexes in the trajectory as it was before this edit."""

    round: int
    kind: Injection | Literal["refinement"]
    turns: tuple[int, ...]
    before: tuple[Turn, ...]
    after: tuple[Turn, ...]
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check has to say. `check` is the stable name of the rule or expert.

    `turn` is an index into `Trajectory.turns` (-1: the whole dialogue), `path` a place inside the
    call or text (`calls[0].arguments.date`), `side` who is at fault. An "error" rejects.
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
    """One expert's answer to its one question. Unreadable answers are "undecided"."""

    expert: str
    outcome: Literal["pass", "fail", "undecided"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of stage 3, with everything it follows from."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one value came from (issue: "where each argument came from").

    The value stands at `path` in turn `turn`. `kind` is one of "user", "output", "schema" (a
    default or enum of the tool), "derived" (format change or arithmetic of such a value), "text"
    (free text, judged by overlap) or "nowhere"; `source` says where (`turn 4: results[0].id`).
    """

    turn: int
    path: str
    kind: Literal["user", "output", "schema", "derived", "text", "nowhere"]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one stage of one dialogue cost.

    `depth` is the longest chain of calls that had to wait for one another. `seconds` sums the
    latencies of all calls, `critical_seconds` those along that chain; both are measurements, so
    they stay out of the dataset, whose rows depend on the completions alone.
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
    """A dialogue in the making, or made.

    `tools` are all tools that appear in it; those named in some turn's `adds` are available only
    from that turn on. `failure` is the cause if the dialogue could not be made ("" otherwise);
    a failed dialogue passes through later stages untouched.
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

    def tool(self, name: str) -> Tool | None:
        """Return the tool of that name, available or not, or None."""
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
