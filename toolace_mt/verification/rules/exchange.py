"""What belongs to the request that a turn answers: the user's words and the calls made for it."""

from toolace_mt.verification.facts import Call, Facts


def since_user(facts: Facts, index: int) -> list[Call]:
    """Return the calls made between the last message of the user before a turn and that turn."""
    start = max((i for i in range(index) if facts.turns[i].role == "user"), default=-1)
    return [call for call in facts.calls if start < call.turn < index]


def last_request(facts: Facts, index: int) -> str:
    """Return what the user said last before a turn, "" if nothing."""
    texts = (turn.content for turn in reversed(facts.turns[:index]) if turn.role == "user")
    return next(texts, "")
