"""What people are told of their orders."""

from gigflow.notifications.models import AT_ONCE, SOON, Event

# Steps after which what was told before is over (docs/states.md).
UNPAID = ("call_off", "expire", "void")
STOPPED = ("escalate", "dispute", "hold_back")
DECIDED = ("resume", "resume_delivered", "settle", "settle_nothing", "decide", "decide_nothing")
ENDED = ("accept", "auto_accept", "agree_to_cancel", "settle", "settle_nothing", "decide", "decide_nothing")

ORDER_PAID = Event(
    key="order_paid",
    label="An order is paid",
    section="orders",
    icon="credit-card",
    tone="good",
    until_read=True,
    delay=AT_ONCE,
    urgent=True,
    steps={"pay": "both"},
    button="Open the order",
    over={"order": ("deliver", *STOPPED, *ENDED)},
)
ORDER_DELIVERED = Event(
    key="order_delivered",
    label="Your order is delivered",
    section="orders",
    icon="package-check",
    delay=AT_ONCE,
    steps={"deliver": "client"},
    button="Look at the delivery",
    over={"order": ("revise", *STOPPED, *ENDED)},
)
CHANGES_ASKED = Event(
    key="changes_asked",
    label="A client asks for changes",
    section="orders",
    icon="undo-2",
    delay=AT_ONCE,
    steps={"revise": "freelancer"},
    button="Open the order",
    over={"order": ("deliver", *STOPPED, *ENDED)},
)
ORDER_COMPLETED = Event(
    key="order_completed",
    label="An order is accepted",
    section="orders",
    icon="circle-check",
    delay=AT_ONCE,
    steps={"accept": "freelancer", "auto_accept": "both"},
    button="Open the order",
)
ORDER_CANCELLED = Event(
    key="order_cancelled",
    label="An order is cancelled",
    section="orders",
    icon="circle-x",
    delay=AT_ONCE,
    steps={
        "call_off": "other",
        "expire": "both",
        "void": "both",
        "agree_to_cancel": "other",
    },
    button="Open the order",
)
CANCELLATION_ASKED = Event(
    key="cancellation_asked",
    label="Someone asks to cancel an order",
    section="orders",
    icon="circle-x",
    delay=AT_ONCE,
    steps={"ask_to_cancel": "other"},
    button="Answer the request",
    over={"order": ("take_back", "refuse", *STOPPED, *ENDED)},
    thread="cancelling",
)
CANCELLATION_ANSWERED = Event(
    key="cancellation_answered",
    label="Your cancellation request is answered",
    section="orders",
    icon="handshake",
    delay=AT_ONCE,
    steps={"take_back": "other", "refuse": "other"},
    button="Open the order",
    over={"order": ("ask_to_cancel", *STOPPED, *ENDED)},
    thread="cancelling",
)
ORDER_DISPUTED = Event(
    key="order_disputed",
    label="An order is disputed",
    section="orders",
    icon="scale",
    until_read=True,
    delay=AT_ONCE,
    urgent=True,
    steps={"escalate": "both", "dispute": "other"},
    button="Open the dispute",
    over={"order": DECIDED},
)
DISPUTE_NEWS = Event(
    key="dispute_news",
    label="A sealed offer or a statement is submitted in a dispute",
    section="orders",
    icon="scale",
    delay=SOON,
    button="Open the dispute",
    over={"order": DECIDED},
)
ORDER_DECIDED = Event(
    key="order_decided",
    label="A dispute has ended",
    section="orders",
    icon="gavel",
    delay=AT_ONCE,
    steps={
        "resume": "both",
        "resume_delivered": "both",
        "settle": "both",
        "settle_nothing": "both",
        "decide": "both",
        "decide_nothing": "both",
        "settle_loss": "freelancer",
    },
    button="Open the order",
)
ORDER_REMINDER = Event(
    key="order_reminder",
    label="It is your turn in an order",
    section="orders",
    icon="clock",
    delay=AT_ONCE,
    button="Open the order",
    over={"order": ("pay", "deliver", "revise", "take_back", "refuse", *UNPAID, *STOPPED, *ENDED)},
)
DISPUTE_TO_DECIDE = Event(
    key="dispute_to_decide",
    label="A dispute may need your decision, as an admin",
    section="orders",
    icon="scale",
    delay=SOON,
    for_admins=True,
    button="Open the dispute",
    over={"order": DECIDED},
)
PAYMENT_REVERSED = Event(
    key="payment_reversed",
    label="A bank or the payment provider takes back a payment",
    section="money",
    icon="undo-2",
    delay=AT_ONCE,
    urgent=True,
    steps={
        "hold_back": "both",
        "reverse": "both",
        "restore": "both",
        "lose": "both",
        "recover": "both",
    },
    button="Open the order",
    over={"order": ("decide", "decide_nothing", "settle_loss")},
)
