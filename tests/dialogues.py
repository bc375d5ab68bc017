"""Good dialogues written by hand: every rule must be content with each of them."""

from collections.abc import Callable
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

Made = tuple[str, dict[str, Any], Any]


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
    """Grows a dialogue: `call` adds a turn of calls and one of their outputs, with fresh ids."""

    def __init__(self, *tools: Tool, system: str = "") -> None:
        self.tools, self.system, self.count = tools, system, 0
        self.turns: list[Turn] = []

    def say(self, *turns: Turn) -> "Script":
        self.turns.extend(turns)
        return self

    def call(self, *made: Made, text: str = "", error: bool = False, **fields: Any) -> "Script":
        calls, outputs = [], []
        for name, arguments, content in made:
            self.count += 1
            calls.append(ToolCall(f"call_{self.count}", name, arguments))
            outputs.append(ToolOutput(f"call_{self.count}", content, error))
        self.turns.append(Turn("assistant", text, calls=tuple(calls), **fields))
        self.turns.append(Turn("tool", outputs=tuple(outputs), **fields))
        return self

    def done(self, name: str, *subtasks: SubTask) -> Trajectory:
        task = Task(subtasks) if subtasks else None
        return Trajectory(name, 0, self.tools, task, tuple(self.turns), system=self.system)


DATE = {"type": "string", "format": "date"}
SEARCH = tool(
    "search_flights",
    "origin destination departure_date",
    origin="string",
    destination="string",
    departure_date=DATE,
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
LISBON_OSLO = {"origin": "Lisbon", "destination": "Oslo", "departure_date": "2026-05-14"}


def flights() -> Trajectory:
    """A chain (an id goes from one output into the next call), with a plan."""
    first, second = {"subtask": 0}, {"subtask": 1}
    return (
        Script(SEARCH, BOOK)
        .say(user("Find me a flight from Lisbon to Oslo on May 14th, 2026, for four.", **first))
        .call(("search_flights", LISBON_OSLO | {"passengers": 4}, FLIGHTS), **first)
        .say(
            reply(
                "There are 2 flights: Norwind at 9:40 AM for $412.50, and Suncrest at 5:05 PM for"
                " $389. Which one shall I book?",
                **first,
            ),
            user("The cheaper one please, for Maria Duarte.", **second),
        )
        .call(
            (
                "book_flight",
                {"flight_id": "FL-3310", "passenger_name": "Maria Duarte"},
                {"booking_id": "BK-77120", "status": "confirmed"},
            ),
            **second,
        )
        .say(reply("Booked: your confirmation is BK-77120 for flight FL-3310.", **second))
        .done(
            "flights",
            SubTask("Find a flight", (("search_flights",),)),
            SubTask("Book it", (("book_flight",),)),
        )
    )


WEATHER = tool(
    "get_weather",
    "city",
    city={"type": "string", "description": "City and country, e.g. Rome, Italy"},
    unit={"type": "string", "description": "celsius or fahrenheit"},
    detailed={"type": "boolean", "default": False},
)


def weather() -> Trajectory:
    """Parallel calls, places with an addition, a boolean and a setting nobody spelt out."""
    paris = {"city": "Paris, France", "unit": "celsius", "detailed": True}
    york = {"city": "New York, NY", "unit": "celsius", "detailed": True}
    return (
        Script(WEATHER)
        .say(user("How is the weather in Paris and in NYC right now? In degrees C, please."))
        .call(
            ("get_weather", paris, {"temperature": 18.4, "sky": "cloudy"}),
            ("get_weather", york, {"temperature": 25.1, "sky": "sunny"}),
        )
        .say(
            reply("Paris is cloudy at about 18 degrees, New York sunny at 25.1."),
            user("Thank you, that is all I wanted to know!"),
            reply("You are welcome. Enjoy your day!"),
        )
        .done("weather")
    )


TABLE = tool(
    "reserve_table",
    "restaurant date time guests",
    restaurant="string",
    date=DATE,
    time={"type": "string", "format": "time"},
    guests="integer",
    requests="string",
)


def clarification() -> Trajectory:
    """The user leaves the time out, is asked, and supplies it."""
    asked = {"injection": "clarification", "subtask": 0}
    arguments = {"restaurant": "Casa Verde", "date": "2026-08-07", "time": "19:30", "guests": 6}
    return (
        Script(TABLE)
        .say(
            user("Please get us a table at Casa Verde on 7 August 2026, we are six.", **asked),
            reply("Gladly. At what time would you like to come?", **asked),
            user("Half an hour after seven in the evening, so 7:30 pm.", **asked),
        )
        .call(
            (
                "reserve_table",
                arguments | {"requests": "table for six in the evening"},
                {"reservation": "R-5521", "status": "held"},
            ),
            subtask=0,
        )
        .say(reply("Your table for 6 is held at 7:30 pm; the reservation is R-5521.", subtask=0))
        .done("clarification", SubTask("Reserve a table", (("reserve_table",),)))
    )


TRANSFER = tool(
    "transfer_money",
    "amount from_account to_account",
    amount="number",
    from_account="string",
    to_account="string",
    note="string",
)
BALANCE = tool("get_balance", account="string")


def tool_awareness() -> Trajectory:
    """Transfers become possible only when the user makes the tool available."""
    aware = {"injection": "tool_awareness", "subtask": 0}
    return (
        Script(BALANCE, TRANSFER)
        .say(user("What is the balance of account AC-10442?"))
        .call(("get_balance", {"account": "AC-10442"}, {"balance": 1240.75, "currency": "EUR"}))
        .say(
            reply("The balance is 1,240.75 EUR."),
            user("Move 200 euros from it to AC-99310 then, for the rent.", **aware),
            reply("I am afraid I have no tool for transfers.", **aware),
            user("You have one from now on; go ahead.", adds=("transfer_money",), **aware),
        )
        .call(
            (
                "transfer_money",
                {
                    "amount": 200,
                    "from_account": "AC-10442",
                    "to_account": "AC-99310",
                    "note": "Rent",
                },
                {"transfer": "T-8812", "balance": 1040.75},
            ),
            subtask=0,
        )
        .say(reply("Done, the transfer is T-8812; 1,040.75 EUR remain.", subtask=0))
        .done("tool_awareness", SubTask("Transfer", (("transfer_money",),)))
    )


def error_simulation() -> Trajectory:
    """The first attempt has a wrong date format, the second is mended; its step counts once."""
    faulty = {"injection": "error_simulation", "subtask": 0}
    bad = LISBON_OSLO | {"departure_date": "14-May"}
    script = (
        Script(SEARCH)
        .say(user("Which flights go from Lisbon to Oslo on 14 May 2026?", subtask=0))
        .call(
            ("search_flights", bad, "Error: departure_date must be YYYY-MM-DD"),
            error=True,
            **faulty,
        )
        .call(("search_flights", LISBON_OSLO, FLIGHTS), subtask=0)
    )
    return script.say(
        reply("FL-2093 leaves at 09:40 for $412.50, FL-3310 at 17:05 for $389.", subtask=0)
    ).done("error_simulation", SubTask("Search", (("search_flights",),)))


EVENT = tool(
    "create_event",
    "title start end",
    title="string",
    start={"type": "string", "format": "date-time"},
    end={"type": "string", "format": "date-time"},
    attendees={"type": "array", "items": {"type": "string", "format": "email"}},
    reminder_minutes={"type": "integer", "description": "Minutes before. Default is 15."},
)


def non_fc() -> Trajectory:
    """Chit-chat first; then relative dates with a known day, spans, lists and a default."""
    chat = {"injection": "non_fc"}
    arguments = {
        "title": "Budget review",
        "start": "2026-03-10T14:00:00",
        "end": "2026-03-10T15:30:00",
        "attendees": ["ana.silva@acme.example", "joe@acme.example"],
        "reminder_minutes": 15,
    }
    return (
        Script(EVENT, system="You are a calendar assistant. Today is Monday, 2026-03-09.")
        .say(
            user("Why do meetings always take longer than planned?", **chat),
            reply("Mostly because nobody decides beforehand what to leave out.", **chat),
            user(
                "Ha. Put a budget review on tomorrow at 2 pm, 90 minutes, and invite"
                " ana.silva@acme.example and joe@acme.example."
            ),
        )
        .call(("create_event", arguments, {"event_id": "EV-2210", "invited": 2}))
        .say(reply("The budget review is set for tomorrow from 2:00 pm to 3:30 pm (EV-2210)."))
        .done("non_fc")
    )


CART = tool(
    "add_to_cart",
    items={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer"}},
            "required": ["sku", "quantity"],
        },
    },
)
PRODUCTS = tool("find_products", "query", query="string", max_price="number")


def shopping() -> Trajectory:
    """Nested arguments, a free text query, a sum told in the reply."""
    found = {
        "products": [
            {"sku": "SKU-118-B", "name": "Trail lamp", "price": 24.9},
            {"sku": "SKU-220-A", "name": "Camp stove", "price": 61.0},
        ]
    }
    items = [{"sku": "SKU-118-B", "quantity": 5}, {"sku": "SKU-220-A", "quantity": 1}]
    return (
        Script(PRODUCTS, CART)
        .say(user("I am looking for camping gear: a lamp and a stove, at most $80 each."))
        .call(("find_products", {"query": "camping lamp and stove", "max_price": 80}, found))
        .say(
            reply("I found the Trail lamp for $24.90 and the Camp stove for $61."),
            user("Five lamps and one stove, please."),
        )
        .call(("add_to_cart", {"items": items}, {"lines": 2, "total": 185.5}))
        .say(reply("5 lamps ($24.90 each) and 1 stove are in the cart, $185.50 in total."))
        .done("shopping")
    )


GOOD: dict[str, Callable[[], Trajectory]] = {
    made.__name__: made
    for made in (
        *(flights, weather, clarification, tool_awareness),
        *(error_simulation, non_fc, shopping),
    )
}
