"""The figures of a report, counted in one pass over its dialogues."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from toolace_mt.dataset.selection import why
from toolace_mt.report.asked import WAYS
from toolace_mt.report.diversity import distinct, entropy
from toolace_mt.report.self_bleu import self_bleu
from toolace_mt.texts.ngrams import words_of
from toolace_mt.trajectory import JsonObject

_WORDS = 200_000  # of the first dialogues: diversity depends on the amount of text
_MOST = 40  # rows of a table


@dataclass(slots=True)
class Summary:
    """Counts over dialogues: `add` each, then `figures` returns plain JSON values.

    - `shape`: histograms of turns, user turns, calls and tools, over dialogues with messages.
    - `by`: outcomes by injection and by domain.
    - `findings`: dialogues by check, severity and side.
    - `ways`: argument values by how they were found (`report.asked`); `reads`: outputs read for
      each that is chosen or computed.
    - `given`: languages, personas, and the policy rules that replies name.
    - `left_out`: accepted dialogues that are no rows, by the kind of reason.
    - `called` and `shown`: dialogues that call each tool, and dialogues that offer it.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    by: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: {"injection": defaultdict(Counter), "domain": defaultdict(Counter)}
    )
    failures: Counter[str] = field(default_factory=Counter)
    findings: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    answers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    ways: Counter[str] = field(default_factory=Counter)
    reads: Counter[int] = field(default_factory=Counter)
    given: dict[str, Counter[str]] = field(
        default_factory=lambda: {n: Counter() for n in ("language", "persona", "policy")}
    )
    left_out: Counter[str] = field(default_factory=Counter)
    shape: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    usage: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    called: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    texts: list[list[str]] = field(default_factory=list)
    words: int = 0
    near: list[float] = field(default_factory=list)

    def add(self, entry: JsonObject) -> None:
        """Count one dialogue."""
        self.outcomes[entry["outcome"]] += 1
        if entry["failure"]:
            self.failures[" ".join(entry["failure"].split())[:100]] += 1
        for name, kinds in (("injection", entry["injections"]), ("domain", entry["domains"])):
            for kind in set(kinds) or {"none"}:
                self.by[name][kind][entry["outcome"]] += 1
        self.findings.update({(f["check"], f["severity"], f["side"]) for f in entry["findings"]})
        for answer in entry["answers"]:
            self.answers[answer["expert"]][answer["outcome"]] += 1
        self.ways.update(origin["way"] for origin in entry["origins"] if "way" in origin)
        self.reads.update(each["reads"] for each in entry["asked"] if each["reads"])
        self._add_given(entry)
        if entry["left_out"]:
            self.left_out.update(why({entry["id"]: entry["left_out"]}))
        for spent in entry["usage"]:
            counted = {name: n for name, n in spent.items() if isinstance(n, int)}
            self.usage[spent["stage"]].update(counted)
        if entry["messages"]:
            self._add_messages(entry)

    def _add_given(self, entry: JsonObject) -> None:
        if entry["messages"] and entry["language"]:
            self.given["language"][entry["language"]] += 1
        if entry["persona"]:
            self.given["persona"][entry["persona"]] += 1
        self.given["policy"].update(set(entry["named"].values()))

    def _add_messages(self, entry: JsonObject) -> None:
        messages = [m for m in entry["messages"] if isinstance(m, dict)]
        calls = [_name(call) for m in messages for call in m.get("tool_calls") or ()]
        shown = {_name(tool) for tool in entry["tools"]}
        self.shape["turns"][max(entry["turn_of_message"]) + 1] += 1
        self.shape["user turns"][sum(m.get("role") == "user" for m in messages)] += 1
        self.shape["calls"][len(calls)] += 1
        self.shape["tools shown"][len(shown)] += 1
        self.called.update(set(calls))
        self.shown.update(shown | set(calls))
        if entry["outcome"] == "accepted" and self.words < _WORDS:
            self.near += entry["near"]
            for message in messages:
                said = words_of(str(message.get("content") or ""))
                if said and message.get("role") in ("user", "assistant"):
                    self.texts.append(said)
                    self.words += len(said)

    def figures(self) -> JsonObject:
        """Return all figures as plain JSON values; tables are sorted and cut to `_MOST` rows."""
        return {
            "outcomes": dict(self.outcomes),
            "failures": self.failures.most_common(_MOST),
            "by": {
                name: sorted(
                    ((kind, dict(counts)) for kind, counts in kinds.items()),
                    key=lambda row: -sum(row[1].values()),
                )[:_MOST]
                for name, kinds in self.by.items()
            },
            "findings": [[*key, count] for key, count in self.findings.most_common(_MOST)],
            "answers": {expert: dict(counts) for expert, counts in self.answers.items()},
            "ways": [[name, self.ways[name]] for name in WAYS if self.ways[name]],
            "reads": sorted(self.reads.items()),
            "given": {n: counts.most_common(_MOST) for n, counts in self.given.items() if counts},
            "left_out": self.left_out.most_common(),
            "shape": {name: sorted(counts.items()) for name, counts in self.shape.items()},
            "usage": {stage: dict(counts) for stage, counts in self.usage.items()},
            "tools": self._tools(),
            "variety": self._variety(),
        }

    def _tools(self) -> JsonObject:
        never = sorted(self.shown.keys() - self.called.keys())
        return {
            "shown": len(self.shown),
            "called": len(self.called),
            "most": self.called.most_common(_MOST),
            "never": never[:_MOST],
        }

    def _variety(self) -> JsonObject:
        unigrams = Counter(word for text in self.texts for word in text)
        return {
            "words": self.words,
            "entropy": entropy(unigrams),
            "distinct": [distinct(self.texts, n) for n in (1, 2, 3)],
            "self_bleu": self_bleu(self.texts),
            "near_usage": sum(self.near) / len(self.near) if self.near else None,
        }


def _name(record: JsonObject) -> str:
    """Return the name in a call or a tool's definition, nested or flat."""
    inner = record.get("function")
    return str((inner if isinstance(inner, dict) else record).get("name", ""))
