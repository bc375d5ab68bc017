"""Long agent dialogues drawn from a seed: many calls, many tools, long outputs.

Each customer asks one thing, which is answered after one to three calls. Their outputs are long:
prose, and records of which the reply needs a few values. Replies name dates, amounts and sums that
have to be computed, and spell some values otherwise than the outputs do.
"""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from toolace_mt.dataset.messages import to_row
from toolace_mt.seeds import derive_random
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, ToolOutput, Trajectory, Turn

TURNS = 44
"""Of an ordinary long dialogue: about ten calls."""
_POLICY = (
    "You help customers of a shop. Confirm every change before you make it. Refunds go to the"
    " original payment method within 5 to 7 days. Orders may be changed while they are pending. "
)
_WORDS = [
    "light",
    "strong",
    "small",
    "wooden",
    "green",
    "quiet",
    "fast",
    "steel",
    "paper",
    "garden",
    "winter",
    "travel",
    "kitchen",
    "desk",
    "mirror",
    "bottle",
    "wireless",
    "outdoor",
    "folding",
    "leather",
    "cotton",
    "round",
    "heavy",
    "modern",
    "classic",
    "soft",
]
_SAID = (
    "I would like to know more about {name}, order {order}. Can it still arrive by {day:%B %d}?",
    "Could you check order {order}? I paid {paid} for {name} and it never came.",
    "Please look at {name} from {order} and tell me what {count} of them cost together.",
)


def agent_row(number: int, tools: Sequence[Tool], turns: int = TURNS) -> JsonObject:
    """Return the row of a dialogue of about so many turns, with 15 tools."""
    rng = derive_random("agents", number, turns)
    offered = tuple(rng.sample(tools, 12)) + _TOOLS
    made: list[Turn] = []
    while len(made) < turns:
        made += _exchange(rng, len(made))
    talk = Trajectory(f"a{number}", 0, offered, system=_POLICY * 12, turns=tuple(made))
    return {"id": f"a{number}", **to_row(talk)}


def _exchange(rng: random.Random, at: int) -> list[Turn]:
    """Return a request, one to three calls with their outputs, and a reply."""
    records = [_record(rng) for _ in range(rng.randrange(8, 20))]
    chosen = rng.choice(records)
    day = date.fromisoformat(chosen["ships"])
    count = rng.randrange(2, 5)
    asked = rng.choice(_SAID).format(**chosen, day=day, count=count, paid=chosen["price"])
    calls: list[tuple[str, JsonObject, Any]] = [
        ("find_orders", {"query": chosen["order"], "limit": 20}, {"orders": records}),
        ("get_item", {"item_id": chosen["item_id"]}, {**chosen, "text": _prose(rng, 150)}),
        ("track_parcel", {"code": chosen["order"].lower(), "since": str(day)}, _prose(rng, 250)),
    ]
    turns = [Turn("user", asked)]
    for place, (name, arguments, output) in enumerate(calls[: rng.randrange(1, 4)]):
        call = ToolCall(f"c{at}_{place}", name, arguments)
        turns.append(Turn("assistant", calls=(call,)))
        turns.append(Turn("tool", outputs=(ToolOutput(call.id, output),)))
    other = rng.choice(records)
    told = (
        f"{chosen['name']} from order {chosen['order']} costs ${chosen['price']:.2f}, and {count}"
        f" of them ${chosen['price'] * count:,.2f}. It ships on {day:%B %d, %Y}, a week before"
        f" {day + timedelta(7):%B %d}. With {other['name']} at ${other['price']:.2f} the total is"
        f" ${chosen['price'] + other['price']:,.2f}, {abs(chosen['price'] - other['price']):.2f}"
        f" apart. The warehouse in {chosen['city']} has {chosen['stock']} left at {chosen['hour']}."
    )
    return [*turns, Turn("assistant", told)]


def _record(rng: random.Random) -> JsonObject:
    return {
        "order": f"#{rng.choice('WKQ')}{rng.randrange(10**6, 10**7)}",
        "item_id": str(rng.randrange(10**9, 10**10)),
        "name": f"{rng.choice(_WORDS).title()} {rng.choice(_WORDS).title()}",
        "price": rng.randrange(500, 90000) / 100,
        "stock": rng.randrange(4, 400),
        "ships": str(date(2025, 1, 1) + timedelta(rng.randrange(700))),
        "hour": f"{rng.randrange(8, 20):02}:{rng.randrange(60):02}",
        "city": rng.choice(("Lyon", "Porto", "Graz", "Leeds", "Turin", "Ghent", "Malmo")),
        "options": {"size": rng.choice("SML"), "color": rng.choice(_WORDS), "note": _prose(rng, 6)},
    }


def _prose(rng: random.Random, words: int) -> str:
    said = [rng.choice(_WORDS) for _ in range(words)]
    for place in range(9, words, 25):
        said[place] = f"{rng.randrange(2, 900)}."
    return " ".join(said)


def _tool(name: str, **properties: JsonObject) -> Tool:
    schema = {"type": "object", "properties": properties, "required": list(properties)[:1]}
    return Tool(name, f"{name.replace('_', ' ').capitalize()}.", schema)


_STRING: JsonObject = {"type": "string"}
_TOOLS = (
    _tool("find_orders", query=_STRING, limit={"type": "integer"}),
    _tool("get_item", item_id=_STRING),
    _tool("track_parcel", code=_STRING, since={"type": "string", "format": "date"}),
)
