"""What people are told of their services."""

from gigflow.notifications.models import AT_ONCE, Event

SERVICE_APPROVED = Event(
    key="service_approved",
    label="Your service is approved",
    section="services",
    icon="badge-check",
    delay=AT_ONCE,
)
SERVICE_REJECTED = Event(
    key="service_rejected",
    label="Your service is not approved",
    section="services",
    icon="circle-x",
    delay=AT_ONCE,
)
SERVICE_TAKEN_DOWN = Event(
    key="service_taken_down",
    label="Your service is taken off the market",
    section="services",
    icon="circle-x",
    delay=AT_ONCE,
)
