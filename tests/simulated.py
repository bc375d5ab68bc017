"""A small world for the baseline's tests: three tools that chain, plans, and scripted answers."""

import json
from collections.abc import Callable
from typing import Any

from toolace_mt.calls.request import Completion, Generate, Request
from toolace_mt.config import InitializationConfig, ScriptedConfig, SimulationConfig
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.refinement.injections import EXAMPLES
from toolace_mt.simulation import simulate
from toolace_mt.trajectory import Injection, SubTask, Task, Tool, Trajectory, UsageExample

CITIES = ["Lisbon", "Osaka", "Toronto", "Nairobi", "Vienna", "Santiago"]
FLIGHTS = ["FL-2093", "FL-4471", "FL-3308", "FL-6152", "FL-7745", "FL-1986"]
NAMES = ["Ann Berg", "Li Chen", "Sam Ortiz", "Priya Rao", "Tom Novak", "Grace Bell"]
BOOKINGS = ["bk_8821", "bk_1935", "bk_5502", "bk_7410", "bk_3368", "bk_2914"]


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _words(examples: list[str]) -> dict[str, Any]:
    return {"type": "string", "examples": examples}


SEARCH = Tool(
    "search_flights",
    "Finds flights to a city.",
    _object(destination_city=_words(CITIES)),
    _object(flight_id=_words(FLIGHTS), fare_usd={"type": "integer", "minimum": 80, "maximum": 999}),
    "travel",
    usage=(UsageExample("A flight to {destination_city}?", "{outputs.flight_id} is free."),),
)
BOOK = Tool(
    "book_flight",
    "Books a flight.",
    _object(flight_id=_words(FLIGHTS), passenger_name=_words(NAMES)),
    _object(booking_id=_words(BOOKINGS)),
    "travel",
    usage=(UsageExample("Book it for {passenger_name}.", "Done: {outputs.booking_id}."),),
)
CANCEL = Tool(
    "cancel_booking",
    "Cancels a booking.",
    _object(booking_id=_words(BOOKINGS)),
    _object(refund_usd={"type": "integer", "minimum": 10, "maximum": 99}),
    "travel",
)
WEATHER = Tool(
    "get_weather",
    "Tells the weather of a city.",
    _object(city=_words(CITIES)),
    _object(degrees={"type": "integer", "minimum": -9, "maximum": 39}),
    "weather",
    usage=(UsageExample("How warm is {city}?", "It has {outputs.degrees} degrees."),),
)
TASK = Task(
    (
        SubTask("Find a flight and book it", (("search_flights",), ("book_flight",))),
        SubTask("Cancel the booking", (("cancel_booking",),)),
    )
)


def planned(seed: int, task: Task = TASK) -> Trajectory:
    return Trajectory(f"d-{seed}", seed, (SEARCH, BOOK, CANCEL, WEATHER), task)


async def simulated(
    trajectory: Trajectory,
    generate: Generate | None = None,
    *injections: Injection,
    assistant: str = "guided",
    values: str = "seeded",
    grounding: str = "constrained",
    extra: int = 6,
) -> Trajectory:
    return await simulate(
        trajectory,
        generate or ScriptedEngine(ScriptedConfig(kind="scripted")).generate,
        SimulationConfig(assistant=assistant, extra_actions=extra),
        InitializationConfig(values=values, grounding=grounding).writing,
        injections,
        EXAMPLES,
        parallel_calls=3,
    )


def answering(**roles: Callable[[Request], Any]) -> tuple[Generate, list[Request]]:
    """Return a `generate` that answers by role, and the list of what it was asked."""
    asked: list[Request] = []

    async def generate(request: Request) -> Completion:
        asked.append(request)
        return Completion(json.dumps(roles[request.kind](request)), "stop")

    return generate, asked
