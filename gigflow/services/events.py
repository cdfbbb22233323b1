"""What people are told of their services."""

from gigflow.notifications.models import AT_ONCE, Event

SERVICE_APPROVED = Event(
    key="service_approved",
    label="Your service is approved",
    section="services",
    icon="badge-check",
    delay=AT_ONCE,
    button="Open the service",
    over={"service": ("take_down", "archive")},
)
SERVICE_REJECTED = Event(
    key="service_rejected",
    label="Your service is not approved",
    section="services",
    icon="circle-x",
    delay=AT_ONCE,
    button="Open the service",
    over={"service": ("submit", "publish", "approve", "archive")},
)
SERVICE_TAKEN_DOWN = Event(
    key="service_taken_down",
    label="Your service is taken off the market",
    section="services",
    icon="circle-x",
    delay=AT_ONCE,
    button="Open the service",
    over={"service": ("submit", "publish", "approve", "archive")},
)
