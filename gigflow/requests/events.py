"""What people are told of requests. Admins are told of those that wait for them."""

from gigflow.notifications.models import AT_ONCE, SOON, Event

_TAKEN = ("take_back", "cancel", "leave", "open_up")

REQUEST_TO_REVIEW = Event(
    key="request_to_review",
    label="A request waits for GigFlow",
    section="jobs",
    icon="inbox",
    delay=SOON,
    for_admins=True,
    button="Look at the request",
    over={"request": ("assign", "reject", "cancel", "leave", "open_up", "lapse")},
)
REQUEST_ASSIGNED = Event(
    key="request_assigned",
    label="Freelancers are asked about your request",
    section="jobs",
    icon="users",
    tone="good",
    email=False,
    delay=SOON,
    button="Open the request",
    over={"request": ("assign", "run_out", "match", *_TAKEN)},
)
REQUEST_REJECTED = Event(
    key="request_rejected",
    label="Your request is sent back to you",
    section="jobs",
    icon="circle-x",
    until_read=True,
    delay=AT_ONCE,
    button="Open the request",
    over={"request": ("send_again", "cancel", "leave", "open_up")},
)
REQUEST_MATCHED = Event(
    key="request_matched",
    label="A freelancer takes on your request",
    section="jobs",
    icon="badge-check",
    tone="good",
    until_read=True,
    delay=AT_ONCE,
    urgent=True,
    button="Open the order",
    over={"order": ("pay", "call_off", "expire", "void")},
)
