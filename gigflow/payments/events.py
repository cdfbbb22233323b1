"""What people are told of their money."""

from gigflow.notifications.models import AT_ONCE, SOON, Event

PAYMENT_RETURNED = Event(
    key="payment_returned",
    label="Your payment is refunded",
    section="money",
    icon="undo-2",
    delay=AT_ONCE,
    button="Open the order",
)
REFUND_FAILED = Event(
    key="refund_failed",
    label="A refund did not arrive",
    section="money",
    icon="wallet",
    delay=AT_ONCE,
    urgent=True,
    steps={"miss_refund": "client", "refund_again": "client"},
    button="Open the order",
    over={"payment": ("refund_again",)},
)
MONEY_TO_CHECK = Event(
    key="money_to_check",
    label="Money needs your attention, as an admin",
    section="money",
    icon="wallet",
    delay=SOON,
    for_admins=True,
    button="Open the order",
    over={"payment": ("refund_again",), "order": ("decide", "decide_nothing", "settle_loss")},
)
PAYOUT_FAILED = Event(
    key="payout_failed",
    label="A payout did not reach your bank",
    section="money",
    icon="wallet",
    delay=AT_ONCE,
    urgent=True,
    button="Open your balance",
)
