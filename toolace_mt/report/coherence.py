"""Coherence: the share of replies that follow from the dialogue before them, by an NLI model.

Without a model the figure is left out. The paper reports an entailment ratio without saying which
sentences it pairs. Here each reply of the assistant is a hypothesis; the premise is the text and
outputs since the last user message.
"""

from collections.abc import Callable, Iterable, Iterator

from toolace_mt.calls.prompt import compact
from toolace_mt.errors import InputError
from toolace_mt.trajectory import Trajectory

Entails = Callable[[list[tuple[str, str]]], list[bool]]
"""Says for each (premise, hypothesis) whether the premise entails the hypothesis."""

_BATCH = 16
_LONGEST = 1000  # characters kept of a premise's end; NLI models read little text


def entailment_ratio(trajectories: Iterable[Trajectory], entails: Entails) -> float | None:
    """Return the share of replies that their premises entail, from 0 to 1; None without replies."""
    pairs = [pair for trajectory in trajectories for pair in reply_pairs(trajectory)]
    verdicts = entails(pairs) if pairs else []
    return sum(verdicts) / len(verdicts) if verdicts else None


def reply_pairs(trajectory: Trajectory) -> Iterator[tuple[str, str]]:
    """Yield (premise, reply): the user's message and outputs that each reply answers."""
    since: list[str] = []
    for turn in trajectory.turns:
        if turn.role == "user":
            since = [turn.content]
        elif turn.outputs:
            since += [compact(output.content) for output in turn.outputs]
        elif turn.content and not turn.calls:
            yield " ".join(since)[-_LONGEST:], turn.content


def load_nli(model: str) -> Entails:
    """Load a sequence classifier with the label "entailment" from a directory or the Hub.

    Raises InputError if transformers or the model is missing, or it has no such label.
    """
    try:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(model)
        classifier = AutoModelForSequenceClassification.from_pretrained(model).eval()
    except (ImportError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"NLI model {model}: cannot be loaded: {reason}") from error
    labels = {name.lower(): index for index, name in classifier.config.id2label.items()}
    if "entailment" not in labels:
        raise InputError(f"NLI model {model}: expected a label `entailment`, got {sorted(labels)}")

    def entails(pairs: list[tuple[str, str]]) -> list[bool]:
        found: list[bool] = []
        for start in range(0, len(pairs), _BATCH):
            premises, hypotheses = zip(*pairs[start : start + _BATCH], strict=True)
            inputs = tokenizer(
                list(premises), list(hypotheses), padding=True, truncation=True, return_tensors="pt"
            )
            with torch.no_grad():
                best = classifier(**inputs).logits.argmax(-1)
            found += [int(index) == labels["entailment"] for index in best]
        return found

    return entails
