"""Rows for `toolace-mt fit`, written by hand: each has something that some family loses."""

from typing import Any

PARAMETERS = {
    "city": {"type": "string"},
    "price": {"type": "number"},
    "note": {"type": ["string", "null"]},
    "options": {"type": "object", "properties": {"tags": {"type": "array"}}},
}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"{name} something",
            "parameters": {"type": "object", "properties": properties},
        },
    }
    for name, properties in (("book", PARAMETERS), ("ping", {}))
]


def call(number: int, name: str, **arguments: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": f"call{number:05d}", "type": "function", "function": function}


def says(content: str, *calls: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": content}
    return {**message, "tool_calls": list(calls)} if calls else message


def output(number: int, name: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": f"call{number:05d}", "name": name, "content": content}


def user(content: str) -> dict[str, Any]:
    return {"role": "user", "content": content}


def row(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": list(messages), "tools": TOOLS}


def asked(*calls: dict[str, Any], text: str = "") -> dict[str, Any]:
    outputs = [output(i, c["function"]["name"], '{"ok":true}') for i, c in enumerate(calls)]
    return row(user("Please."), says(text, *calls), *outputs, says("Done."))


ROWS = {
    "plain": asked(call(0, "book", city="Rome")),
    "text": asked(call(0, "book", city="Rome"), text="Booking now."),
    "parallel": asked(call(0, "book", city="Rome"), call(1, "book", city="Oslo")),
    "nested": asked(call(0, "book", options={"tags": ["a", "b"], "deep": {"on": True}})),
    "float": asked(call(0, "book", price=20.0)),
    "null": asked(call(0, "book", note=None)),
    "unicode": asked(call(0, "book", city="Köln 東京")),
    "quotes": asked(call(0, "book", city='say "hi"\nand go')),
    "empty": asked(call(0, "ping")),
    "reply": row(user("Hello."), says("Hello to you.")),
    "turns": row(
        user("Rome."),
        says("", call(0, "book", city="Rome")),
        output(0, "book", '{"id":7}'),
        says("Booked."),
        user("Oslo too."),
        says("", call(1, "book", city="Oslo")),
        output(1, "book", "done"),
        says("Both are booked."),
    ),
    "system": row({"role": "system", "content": "Be brief."}, user("Hi."), says("Hi.")),
}
