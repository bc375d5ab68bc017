"""Good dialogues written by hand: every rule must be content with each of them."""

from typing import Any

from toolace_mt.trajectory import (
    SubTask,
    Task,
    Tool,
    ToolCall,
    ToolOutput,
    Trajectory,
    Turn,
)


def tool(name: str, required: str = "", **properties: Any) -> Tool:
    """A tool whose parameters are given as property=schema (a type name stands for its schema)."""
    schemas = {k: {"type": v} if isinstance(v, str) else v for k, v in properties.items()}
    wanted = required.split() or list(schemas)
    parameters = {"type": "object", "properties": schemas, "required": wanted}
    return Tool(name, f"{name.replace('_', ' ').capitalize()}.", parameters)


def user(text: str, **fields: Any) -> Turn:
    return Turn("user", text, **fields)


def reply(text: str, **fields: Any) -> Turn:
    return Turn("assistant", text, **fields)


class Script:
    """Grows a dialogue: `call` adds the calls and their outputs with fresh ids."""

    def __init__(self, *tools: Tool, system: str = "") -> None:
        self.tools, self.system, self.turns, self.count = tools, system, [], 0

    def say(self, *turns: Turn) -> "Script":
        self.turns.extend(turns)
        return self

    def call(self, *calls: tuple[str, dict[str, Any], Any], error: bool = False, **fields: Any):
        ids = [f"call_{self.count + n}" for n in range(len(calls))]
        self.count += len(calls)
        made = tuple(ToolCall(i, name, args) for i, (name, args, _) in zip(ids, calls, strict=True))
        outputs = tuple(
            ToolOutput(i, content, error) for i, (_, _, content) in zip(ids, calls, strict=True)
        )
        self.turns += [
            Turn("assistant", calls=made, **fields),
            Turn("tool", outputs=outputs, **fields),
        ]
        return self

    def done(self, name: str, task: Task | None = None) -> Trajectory:
        return Trajectory(name, 0, self.tools, task, tuple(self.turns), system=self.system)


SEARCH = tool(
    "search_flights",
    "origin destination departure_date",
    origin="string",
    destination="string",
    departure_date={"type": "string", "format": "date"},
    passengers={"type": "integer", "default": 1},
    cabin={"type": "string", "enum": ["economy", "business", "first"]},
)
BOOK = tool("book_flight", "flight_id passenger_name", flight_id="string", passenger_name="string")
FLIGHTS = {
    "flights": [
        {"flight_id": "FL-2093", "airline": "Norwind", "price": 412.5, "departs": "09:40"},
        {"flight_id": "FL-3310", "airline": "Suncrest", "price": 389.0, "departs": "17:05"},
    ],
    "currency": "USD",
}


def flights() -> Trajectory:
    return (
        Script(SEARCH, BOOK)
        .say(user("Find me a flight from Lisbon to Oslo on May 14th, 2026, for two people."))
        .call(
            (
                "search_flights",
                {
                    "origin": "Lisbon",
                    "destination": "Oslo",
                    "departure_date": "2026-05-14",
                    "passengers": 2,
                },
                FLIGHTS,
            )
        )
        .say(
            reply(
                "There are 2 flights: Norwind at 9:40 AM for $412.50, and Suncrest at 5:05 PM for"
                " $389. Which one shall I book?"
            ),
            user("The cheaper one please, for Maria Duarte."),
        )
        .call(
            (
                "book_flight",
                {"flight_id": "FL-3310", "passenger_name": "Maria Duarte"},
                {"booking_id": "BK-77120", "status": "confirmed"},
            )
        )
        .say(reply("Booked: your confirmation is BK-77120 for flight FL-3310."))
        .done("flights")
    )
