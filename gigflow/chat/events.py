"""What people are told of conversations."""

from datetime import timedelta

from gigflow.notifications.models import Event

MESSAGE_RECEIVED = Event(
    key="message_received",
    label="Someone writes to you, and you have not read it after a minute",
    section="messages",
    icon="mail",
    delay=timedelta(minutes=9),
    button="Read and answer",
    counted_elsewhere=True,
)
