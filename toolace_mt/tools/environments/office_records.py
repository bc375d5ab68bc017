"""What the tools of the calendar and the mailbox take and return."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

ROOMS = ("Alder", "Birch", "Cedar", "Maple")
TITLES = ("Budget review", "Design critique", "Hiring sync", "Launch rehearsal", "Team lunch")
SUBJECTS = (
    "Notes from today",
    "A question about the offer",
    "Slides for the client",
    "Travel plans",
)
BODIES = (
    "Please have a look before the end of the week.",
    "Thank you for the quick answer, that helps a lot.",
    "I have put the numbers into the shared folder.",
    "Could we move this to a later day?",
)
_SOON = [f"2026-03-{day}" for day in range(17, 28)]

EventId = Annotated[str, Field(description="Number of the event.", examples=["EVT-4821"])]
MessageId = Annotated[str, Field(description="Number of the message.", examples=["MSG-7304"])]
Address = Annotated[str, Field(description="Email address.", examples=["ada@example.com"])]
Title = Annotated[str, Field(description="Title of the event.", examples=list(TITLES))]
Day = Annotated[
    str,
    Field(
        description="Day of the event, as YYYY-MM-DD.",
        examples=_SOON,
        pattern=r"^\d{4}-\d{2}-\d{2}$",
    ),
]
Clock = Annotated[
    str,
    Field(
        description="Time of day, as HH:MM.",
        examples=["09:00", "10:30", "13:00", "14:30", "16:00"],
        pattern=r"^\d{2}:\d{2}$",
    ),
]
Room = Literal["Alder", "Birch", "Cedar", "Maple"]
Subject = Annotated[str, Field(description="Subject line.", examples=list(SUBJECTS))]
Body = Annotated[str, Field(description="Text of the message.", examples=list(BODIES))]


class Event(TypedDict):
    """An event of the calendar."""

    event_id: EventId
    event_title: str
    event_day: str
    starts_at: str
    room: str
    attendee_count: int


class EventLine(TypedDict):
    """An event in a list of a day."""

    event_id: EventId
    event_title: str
    starts_at: str


class DayPlan(TypedDict):
    """The events of a day."""

    event_day: str
    event_count: int
    events: list[EventLine]


class Invited(TypedDict):
    """Who takes part in an event."""

    event_id: EventId
    attendee_email: Address
    attendee_count: int


class Removed(TypedDict):
    """An event that is no more."""

    event_id: EventId
    event_title: str


class Contact(TypedDict):
    """A person of the address book."""

    full_name: str
    contact_email: Address
    department: str


class MessageLine(TypedDict):
    """A message in a list."""

    message_id: MessageId
    sender_email: Address
    message_subject: str


class Inbox(TypedDict):
    """The messages that have not been read."""

    unread_count: int
    messages: list[MessageLine]


class Message(TypedDict):
    """A message."""

    message_id: MessageId
    sender_email: Address
    message_subject: str
    message_text: str


class Sent(TypedDict):
    """A message that was sent."""

    message_id: MessageId
    recipient_email: Address
    message_subject: str


class Archived(TypedDict):
    """What is left in the inbox after a message was put away."""

    message_id: MessageId
    inbox_count: int
