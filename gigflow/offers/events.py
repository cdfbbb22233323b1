"""What people are told of offers. What comes from somebody whom they may not know has no words of theirs."""

from gigflow.notifications.models import AT_ONCE, SOON, Event

# What a receiver is told of is over with any of these.
_OVER = ("accept", "decline", "counter", "withdraw", "supersede", "expire", "void", "hide")

OFFER_RECEIVED = Event(
    key="offer_received",
    label="Someone sends you an offer, or counters yours",
    section="jobs",
    icon="handshake",
    until_read=True,
    delay=SOON,
    button="Read the offer",
    over={"offer": _OVER},
)
OFFER_REMINDER = Event(
    key="offer_reminder",
    label="An offer that you have not answered is about to expire",
    section="jobs",
    icon="clock",
    delay=AT_ONCE,
    button="Read the offer",
    over={"offer": _OVER},
)
OFFER_ACCEPTED = Event(
    key="offer_accepted",
    label="Your offer is accepted",
    section="jobs",
    icon="badge-check",
    tone="good",
    until_read=True,
    delay=AT_ONCE,
    urgent=True,
    button="Open the order",
    over={"order": ("pay", "call_off", "expire", "void")},
)
OFFER_DECLINED = Event(
    key="offer_declined",
    label="Your offer is declined",
    section="jobs",
    icon="circle-x",
    delay=SOON,
    button="Read the answer",
)
OFFER_ENDED = Event(
    key="offer_ended",
    label="An offer ends without an answer",
    section="jobs",
    icon="clock",
    email=False,
    delay=SOON,
    button="Open the offer",
)
OFFER_ANSWERED = Event(
    key="offer_answered",
    label="A freelancer answers an offer that you sent for a request",
    section="jobs",
    icon="mail-check",
    email=False,
    delay=SOON,
    for_admins=True,
    button="Open the request",
)
