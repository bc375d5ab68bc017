"""A calendar and a mailbox: events in rooms, contacts, and messages to read, answer and put away.

A room holds one event at a time; invitations and mail go to known addresses alone.
"""

import random
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from toolace_mt.tools.environments.office_records import (
    BODIES,
    ROOMS,
    SUBJECTS,
    TITLES,
    Address,
    Archived,
    Body,
    Clock,
    Contact,
    Day,
    DayPlan,
    Event,
    EventId,
    Inbox,
    Invited,
    Message,
    MessageId,
    Removed,
    Room,
    Sent,
    Subject,
    Title,
)
from toolace_mt.tools.environments.office_said import SAID
from toolace_mt.tools.live.environment import usage

_PEOPLE = ("Nadia Brandt", "Oscar Lemaire", "Grace Obi", "Pavel Dvorak", "Yuki Sato", "Elena Ruiz")
_DEPARTMENTS = ("Finance", "Design", "Legal", "Support")
_HOURS = ("09:00", "10:30", "13:00", "14:30", "16:00")


class Office:
    """The calendar and the mailbox of one dialogue's user."""

    def reset(self, seed: int) -> None:
        """Make contacts, events and messages from the seed."""
        rng = random.Random(seed)
        self._rng = rng
        self._contacts: dict[str, tuple[str, str]] = {
            f"{name.split()[0].lower()}@example.com": (name, rng.choice(_DEPARTMENTS))
            for name in rng.sample(_PEOPLE, 5)
        }
        self._events: dict[str, dict[str, Any]] = {}
        self._messages: dict[str, dict[str, Any]] = {}
        self._sent: dict[str, tuple[str, str, str]] = {}
        for number, title in zip(rng.sample(range(2000, 9999), 5), TITLES, strict=True):
            day, hour = f"2026-03-{rng.randint(17, 21)}", rng.choice(_HOURS)
            self._put(f"EVT-{number}", title, day, hour, rng.choice(ROOMS))
        for number in rng.sample(range(2000, 9999), 4):
            self._messages[f"MSG-{number}"] = {
                "sender": rng.choice(list(self._contacts)),
                "subject": rng.choice(SUBJECTS),
                "text": rng.choice(BODIES),
                "unread": rng.random() < 0.8,
            }

    def candidates(self, tool: str, parameter: str, chosen: dict[str, Any]) -> Sequence[Any]:  # noqa: ARG002
        """Return what is there now; days with events where they are looked for."""
        people = list(self._contacts)
        known: dict[str, list[Any]] = {
            "event_id": list(self._events),
            "message_id": list(self._messages),
            "attendee_email": people,
            "recipient_email": people,
            "full_name": [name for name, _ in self._contacts.values()],
        }
        if tool == "list_events":
            known["event_day"] = sorted({about["day"] for about in self._events.values()})
        return known.get(parameter, [])

    def _put(self, event: str, title: str, day: str, hour: str, room: str) -> None:
        about = {"title": title, "day": day, "hour": hour, "room": room, "people": []}
        self._events[event] = about

    def _event(self, event_id: str) -> dict[str, Any]:
        if event_id not in self._events:
            raise LookupError(f"Event {event_id} not found.")
        return self._events[event_id]

    def _message(self, message_id: str) -> dict[str, Any]:
        if message_id not in self._messages:
            raise LookupError(f"Message {message_id} not found.")
        return self._messages[message_id]

    def _check_contact(self, address: str) -> None:
        if address not in self._contacts:
            raise LookupError(f"No contact with the address {address}.")

    def _check_free(self, room: str, day: str, hour: str, event: str = "") -> None:
        for number, about in self._events.items():
            taken = (about["room"], about["day"], about["hour"]) == (room, day, hour)
            if taken and number != event:
                raise ValueError(f"Room {room} is taken by {number} on {day} at {hour}.")

    @usage(*SAID["list_events"])
    def list_events(self, event_day: Day) -> DayPlan:
        """Lists the events of a day in the order of their times."""
        own = [each for each in self._events if self._events[each]["day"] == event_day]
        own.sort(key=lambda each: (self._events[each]["hour"], each))
        return {
            "event_day": event_day,
            "event_count": len(own),
            "events": [
                {
                    "event_id": each,
                    "event_title": self._events[each]["title"],
                    "starts_at": self._events[each]["hour"],
                }
                for each in own
            ],
        }

    @usage(*SAID["get_event"])
    def get_event(self, event_id: EventId) -> Event:
        """Shows an event with its day, time and room."""
        about = self._event(event_id)
        return {
            "event_id": event_id,
            "event_title": about["title"],
            "event_day": about["day"],
            "starts_at": about["hour"],
            "room": about["room"],
            "attendee_count": len(about["people"]),
        }

    @usage(*SAID["create_event"])
    def create_event(
        self, event_title: Title, event_day: Day, starts_at: Clock, room: Room
    ) -> Event:
        """Puts an event of an hour in the calendar and books a room for it.

        Args:
            room: Room to book.
        """
        self._check_free(room, event_day, starts_at)
        event = f"EVT-{self._rng.randrange(2000, 9999)}"
        self._put(event, event_title, event_day, starts_at, room)
        return self.get_event(event)

    @usage(*SAID["move_event"])
    def move_event(self, event_id: EventId, event_day: Day, starts_at: Clock) -> Event:
        """Moves an event to another day and time, in the same room."""
        about = self._event(event_id)
        self._check_free(about["room"], event_day, starts_at, event_id)
        about["day"], about["hour"] = event_day, starts_at
        return self.get_event(event_id)

    @usage(*SAID["delete_event"])
    def delete_event(self, event_id: EventId) -> Removed:
        """Deletes an event from the calendar."""
        about = self._event(event_id)
        del self._events[event_id]
        return {"event_id": event_id, "event_title": about["title"]}

    @usage(*SAID["invite_attendee"])
    def invite_attendee(self, event_id: EventId, attendee_email: Address) -> Invited:
        """Invites a contact to an event."""
        about = self._event(event_id)
        self._check_contact(attendee_email)
        if attendee_email in about["people"]:
            raise ValueError(f"{attendee_email} is invited to {event_id} already.")
        about["people"].append(attendee_email)
        count = len(about["people"])
        return {"event_id": event_id, "attendee_email": attendee_email, "attendee_count": count}

    @usage(*SAID["find_contact"])
    def find_contact(self, full_name: Annotated[str, Field(examples=["Ada Byron"])]) -> Contact:
        """Finds a contact's email address and department by the full name.

        Args:
            full_name: First and last name.
        """
        for address, (name, department) in self._contacts.items():
            if name == full_name:
                return {
                    "full_name": name,
                    "contact_email": address,
                    "department": department,
                }
        raise LookupError(f"No contact is called {full_name}.")

    @usage(*SAID["list_unread"])
    def list_unread(self) -> Inbox:
        """Lists the messages of the inbox that have not been read."""
        own = [(number, about) for number, about in self._messages.items() if about["unread"]]
        return {
            "unread_count": len(own),
            "messages": [
                {
                    "message_id": number,
                    "sender_email": about["sender"],
                    "message_subject": about["subject"],
                }
                for number, about in own
            ],
        }

    @usage(*SAID["read_message"])
    def read_message(self, message_id: MessageId) -> Message:
        """Opens a message of the inbox and marks it as read."""
        about = self._message(message_id)
        about["unread"] = False
        return {
            "message_id": message_id,
            "sender_email": about["sender"],
            "message_subject": about["subject"],
            "message_text": about["text"],
        }

    @usage(*SAID["send_message"])
    def send_message(
        self, recipient_email: Address, message_subject: Subject, message_text: Body
    ) -> Sent:
        """Sends a message to a contact."""
        self._check_contact(recipient_email)
        message = f"MSG-{self._rng.randrange(2000, 9999)}"
        self._sent[message] = (recipient_email, message_subject, message_text)
        return {
            "message_id": message,
            "recipient_email": recipient_email,
            "message_subject": message_subject,
        }

    @usage(*SAID["archive_message"])
    def archive_message(self, message_id: MessageId) -> Archived:
        """Takes a message out of the inbox and into the archive."""
        self._message(message_id)
        del self._messages[message_id]
        return {"message_id": message_id, "inbox_count": len(self._messages)}
