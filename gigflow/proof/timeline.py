"""What an order's timeline says that its fields must be (docs/states.md): its life, lived once more."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from gigflow.core.db import Document
from gigflow.core.transitions import AS_IT_WAS
from gigflow.orders.models import ACCEPT_WITHIN, DELIVERY_DAYS, ORDER, REVISE_WITHIN

# What each answer to a cancellation request makes of it; ending or disputing the order closes it.
ANSWERS = {
    "take_back": "taken_back",
    "refuse": "refused",
    "agree_to_cancel": "agreed",
    "escalate": "escalated",
}


class Asked(msgspec.Struct):
    """A cancellation request as the timeline tells it, and what became of it."""

    by: str
    at: datetime
    status: str = "open"
    closed_at: datetime | None = None


class Lived(msgspec.Struct):
    """Where the timeline of an order leaves it; `wrong` is the first line that no state allows."""

    status: str | None = None
    wrong: str = ""
    paid_at: datetime | None = None
    due_at: datetime | None = None
    accept_by: datetime | None = None
    revisions: int = 0
    deliveries: list[Document] = []
    asked: list[Asked] = []
    disputed: list[Document] = []
    offers: dict[str, Document] = {}
    statements: dict[str, Document] = {}
    resumed_at: datetime | None = None
    ended_by: Document | None = None

    @property
    def open_request(self) -> Asked | None:
        """The cancellation request that waits for an answer, or None."""
        return self.asked[-1] if self.asked and self.asked[-1].status == "open" else None


def live_again(order: Document) -> Lived:
    """Go through the timeline of an order, line by line."""
    lived = Lived()
    before = order["created_at"]
    for event in order["events"]:
        step = ORDER.transitions.get(event["name"])
        allowed = step and (lived.status in step.sources if step.sources else lived.status is None)
        if step is None or not allowed:
            lived.wrong = lived.wrong or f"{event['name']} from {lived.status}"
            continue
        _follow(lived, order, event, before)
        if step.target != AS_IT_WAS:
            lived.status = step.target
        if step.target in ("completed", "cancelled"):
            lived.ended_by = event
        if (request := lived.open_request) and lived.status not in ("in_progress", "delivered"):
            request.status, request.closed_at = "closed", event["at"]
        before = event["at"]
    return lived


def _follow(lived: Lived, order: Document, event: dict[str, Any], before: datetime) -> None:
    """Let one line have its effect on dates, requests and disputes."""
    at, name = event["at"], event["name"]
    request = lived.open_request
    match name:
        case "pay":
            lived.paid_at = at
            lived.due_at = _due_after(order["terms"], at)
        case "deliver":
            lived.deliveries.append(event)
            lived.accept_by = at + ACCEPT_WITHIN[order["source"]["type"]]
        case "revise":
            lived.revisions += 1
            lived.due_at = max(lived.due_at or at, at + REVISE_WITHIN)
            lived.accept_by = None
        case "ask_to_cancel":
            lived.asked.append(Asked(event["actor"], at))
        case "dispute" | "escalate" | "hold_back":
            lived.disputed.append(event)
            lived.offers, lived.statements = {}, {}
        case "resume" | "resume_delivered":
            _resume(lived, at)
        case "offer":
            lived.offers = {**lived.offers, event["actor"]: event}
        case "statement":
            lived.statements = {**lived.statements, event["actor"]: event}
    if request and name in ANSWERS:
        _answer(lived, request, event, before)


def _due_after(terms: Document, paid_at: datetime) -> datetime:
    agreed: datetime | None = terms.get("due_at")
    if agreed:
        return max(agreed, paid_at + timedelta(days=1))
    return paid_at + timedelta(days=terms.get("delivery_days") or DELIVERY_DAYS)


def _answer(lived: Lived, request: Asked, event: Document, before: datetime) -> None:
    """Let a cancellation request be answered. The client's time to look stood still while it was open."""
    at, name = event["at"], event["name"]
    goes_on = name in ("take_back", "refuse") or (name, event["actor"]) == ("escalate", "admin")
    if goes_on and lived.accept_by:
        lived.accept_by += at - max(request.at, before)
    request.status, request.closed_at = ANSWERS[name], at


def _resume(lived: Lived, at: datetime) -> None:
    """Move its dates by the time that was lost."""
    lost = at - lived.disputed[-1]["at"]
    lived.resumed_at = at
    lived.due_at = lived.due_at and lived.due_at + lost
    lived.accept_by = lived.accept_by and lived.accept_by + lost
