"""What belongs to the request that a turn answers: the user's words and the calls made for it."""

from collections.abc import Iterator

from toolace_mt.verification.facts import Call, Facts, structural


@structural
def _spans(facts: Facts) -> Iterator[tuple[int, int]]:
    """Yield for every turn which calls of the dialogue lie between the last user and it."""
    start = end = 0
    for turn in facts.turns:
        if turn.role == "user":
            start = end
        yield start, end
        end += len(turn.calls)


def since_user(facts: Facts, index: int) -> tuple[Call, ...]:
    """Return the calls made between the last message of the user before a turn and that turn."""
    start, end = _spans(facts)[index]
    return facts.calls[start:end]


def made_before(facts: Facts, index: int) -> tuple[Call, ...]:
    """Return all calls made before a turn."""
    return facts.calls[: _spans(facts)[index][1]]


def last_request(facts: Facts, index: int) -> str:
    """Return what the user said last before a turn, "" if nothing."""
    texts = (turn.content for turn in reversed(facts.turns[:index]) if turn.role == "user")
    return next(texts, "")
