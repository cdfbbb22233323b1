"""What people are told of reports."""

from gigflow.notifications.models import SOON, Event

REPORTED = Event(
    key="reported",
    label="Something is reported, as an admin",
    section="reports",
    icon="flag",
    delay=SOON,
    for_admins=True,
    button="Open the report",
)
