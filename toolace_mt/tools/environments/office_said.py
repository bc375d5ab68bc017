"""What is said around the office's tools: a user's words and a reply, values as slots."""

SAID: dict[str, tuple[tuple[str, str], ...]] = {
    "list_events": (
        (
            "What is in my calendar on {event_day}?",
            "First comes {outputs.events[0].event_title} at {outputs.events[0].starts_at}.",
        ),
        (
            "Show me my events of {event_day}.",
            (
                "On {outputs.event_day} you have {outputs.events[0].event_title} at"
                " {outputs.events[0].starts_at}. Its number is {outputs.events[0].event_id}."
            ),
        ),
    ),
    "get_event": (
        (
            "When and where is event {event_id}?",
            (
                "{outputs.event_title} is on {outputs.event_day} at {outputs.starts_at} in"
                " room {outputs.room}."
            ),
        ),
        (
            "Tell me about the event {event_id}.",
            "It is {outputs.event_title}, in room {outputs.room} at {outputs.starts_at}.",
        ),
    ),
    "create_event": (
        (
            (
                "Please put {event_title} in my calendar on {event_day} at {starts_at}, in"
                " room {room}."
            ),
            (
                "I have added it as {outputs.event_id}, on {outputs.event_day} at"
                " {outputs.starts_at}."
            ),
        ),
        (
            "Book room {room} for {event_title} on {event_day} at {starts_at}.",
            "Room {outputs.room} is booked. The event is {outputs.event_id}.",
        ),
    ),
    "move_event": (
        (
            "Can you move {event_id} to {event_day} at {starts_at}?",
            "{outputs.event_title} is now on {outputs.event_day} at {outputs.starts_at}.",
        ),
        (
            "{event_id} has to move to {starts_at} on {event_day}.",
            ("Done, it is at {outputs.starts_at} on {outputs.event_day} in room {outputs.room}."),
        ),
    ),
    "delete_event": (
        ("Please delete event {event_id}.", "I have deleted {outputs.event_title}."),
        (
            "{event_id} is off, take it out of the calendar.",
            "{outputs.event_title} is no longer in your calendar.",
        ),
    ),
    "invite_attendee": (
        (
            "Invite {attendee_email} to {event_id}, please.",
            ("{outputs.attendee_email} is invited. That makes {outputs.attendee_count} in all."),
        ),
        (
            "I would like {attendee_email} to come to {event_id}.",
            "I have invited {outputs.attendee_email} to {outputs.event_id}.",
        ),
    ),
    "find_contact": (
        (
            "What is the email address of {full_name}?",
            "{outputs.full_name} can be reached at {outputs.contact_email}.",
        ),
        (
            "Which department is {full_name} in?",
            "{outputs.full_name} is in {outputs.department}, at {outputs.contact_email}.",
        ),
    ),
    "list_unread": (
        ("Do I have new mail?", "You have {outputs.unread_count} unread messages."),
        ("What is unread in my inbox?", "There are {outputs.unread_count} unread messages."),
    ),
    "read_message": (
        (
            "Please read me the message {message_id}.",
            "It is from {outputs.sender_email}: {outputs.message_text}",
        ),
        (
            "Who wrote {message_id}, and about what?",
            "{outputs.sender_email} wrote it. The subject is {outputs.message_subject}.",
        ),
    ),
    "send_message": (
        (
            "Write to {recipient_email} with the subject {message_subject}: {message_text}",
            "Your message to {outputs.recipient_email} is sent, number {outputs.message_id}.",
        ),
        (
            "Send {recipient_email} a mail. Subject: {message_subject}. Text: {message_text}",
            "I have sent it to {outputs.recipient_email} as {outputs.message_id}.",
        ),
    ),
    "archive_message": (
        (
            "Put {message_id} away, please.",
            "{outputs.message_id} is archived. {outputs.inbox_count} messages are left.",
        ),
        (
            "I am done with {message_id}, archive it.",
            "Archived. Your inbox holds {outputs.inbox_count} messages now.",
        ),
    ),
}
