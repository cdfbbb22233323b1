"""What people are told of questions about a service."""

from gigflow.notifications.models import SOON, Event

QUESTION_ASKED = Event(
    key="question_asked",
    label="Someone asks about your service",
    section="services",
    icon="message-circle-question-mark",
    delay=SOON,
    button="Answer the question",
    over={"question": ("answer", "remove")},
)
QUESTION_ANSWERED = Event(
    key="question_answered",
    label="Your question about a service is answered",
    section="services",
    icon="message-circle-question-mark",
    delay=SOON,
    button="Read the answer",
    over={"question": ("remove",)},
)
