"""Requests: work that a client asks GigFlow to find a freelancer for (docs/domain.md, Requests)."""

from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec
from bson import ObjectId

from gigflow.core.transitions import AS_IT_WAS, Lifecycle, Transition

SEARCH_MAX = 200  # characters that an admin looks for
NOTE_MAX = 2_000  # docs/api.md, Longest texts: why an admin sends it back
# How long GigFlow may take to look at a request; the page says so, and what is overdue comes first.
LOOKED_AT_WITHIN = timedelta(hours=24)

RequestStatus = Literal["pending", "assigned", "matched", "rejected", "posted", "completed", "cancelled"]
STATUSES: tuple[RequestStatus, ...] = get_args(RequestStatus)
OPEN: tuple[RequestStatus, ...] = ("pending", "assigned", "rejected")  # nothing has come of it yet
# What lists are by (docs/api.md).
STATES: dict[str, tuple[RequestStatus, ...]] = {
    "open": OPEN,
    "matched": ("matched",),
    "past": ("posted", "completed", "cancelled"),
}

_WITHDRAWN = ("every sent offer is withdrawn",)
_TO_ADMINS = ("admins are told",)
_CALLED_OFF = ("its offer is over",)
REQUEST = Lifecycle(
    "request",
    Transition("send", "client", (), "pending", _TO_ADMINS),
    Transition("edit", "client", ("pending", "rejected"), AS_IT_WAS),
    Transition("send_again", "client", ("rejected",), "pending", _TO_ADMINS),
    Transition(
        "assign",
        "admin",
        ("pending", "assigned"),
        "assigned",
        ("offers are sent, and those who get them are told", "the client is told"),
    ),
    Transition("reject", "admin", ("pending",), "rejected", ("the client is told why",)),
    Transition("take_back", "client", ("assigned",), "pending", _WITHDRAWN),
    Transition("run_out", "its offers", ("assigned",), "pending", _TO_ADMINS),
    Transition(
        "match",
        "its offers",
        ("assigned",),
        "matched",
        ("the order is made", "the client is told", "other sent offers are superseded"),
    ),
    Transition("cancel", "client", OPEN, "cancelled", _WITHDRAWN),
    Transition("leave", "time", OPEN, "cancelled", ("the client is shut out or has left", *_WITHDRAWN)),
    Transition("open_up", "client", ("pending", "rejected"), "posted", ("an open job with the same words",)),
    Transition("reopen", "its order", ("matched",), "pending", (*_CALLED_OFF, *_TO_ADMINS)),
    Transition("send_back", "its order", ("matched",), "rejected", (*_CALLED_OFF, "the client is told")),
    Transition("drop", "its order", ("matched",), "cancelled", _CALLED_OFF),
    Transition("complete", "its order", ("matched",), "completed"),
    Transition("end", "its order", ("matched",), "cancelled"),
    Transition("lapse", "time", ("pending",), "rejected", ("its day has passed: the client is told",)),
)


class RequestTerms(msgspec.Struct, kw_only=True):
    """What the client says about it. The budget is the most that GigFlow may agree on for them; no freelancer learns
    of it. `start_on` and `due_on` are calendar days (their midnight in UTC).
    """

    title: str
    description: str = ""  # empty in lists
    budget_minor: int
    category: str = "other"
    skills: list[str] = []
    start_on: datetime | None = None
    due_on: datetime | None = None
    file_ids: list[ObjectId] = []


class Request(RequestTerms, kw_only=True, rename={"id": "_id"}):
    """A request as stored. `due_at` is the end of its due day in the client's time zone. While it is assigned,
    `open_offers` are out, the last of them until `offers_until`; once it is matched, `offer_id` was accepted and
    `order_id` is its order. `note` and `suggested_budget_minor` are what an admin said when they sent it back, which
    has happened `sent_back` times. The queue goes by `sent_at`, when the client last sent it. Time may send it back,
    too. Each change of it raises `version`; what its offers do raises `activity`, too.
    """

    id: ObjectId
    client_id: ObjectId
    status: RequestStatus = "pending"
    version: int = 1
    activity: int = 0
    open_offers: int = 0
    offers_until: datetime | None = None
    due_at: datetime | None = None
    sent_at: datetime
    note: str = ""
    suggested_budget_minor: int | None = None
    sent_back: int = 0
    offer_id: ObjectId | None = None
    order_id: ObjectId | None = None
    job_id: ObjectId | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def path(self) -> str:
        """The address of the request's page on this site."""
        return f"/requests/{self.id}"

    @property
    def look_by(self) -> datetime:
        """By when GigFlow has to review it."""
        return self.sent_at + LOOKED_AT_WITHIN

    @property
    def stamp(self) -> str:
        """What is another one after each change that its client can see."""
        return f"{self.version}.{self.activity}"

    def terms_with(self, changes: dict[str, Any]) -> RequestTerms:
        """Return what it says once these fields are changed."""
        names = RequestTerms.__struct_fields__
        return RequestTerms(**{name: changes.get(name, getattr(self, name)) for name in names})
