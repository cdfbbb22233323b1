"""An order with all that belongs to it, read in one pass over the whole market."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

import msgspec
from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.core.db import Document
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.orders.store import CANCELLATIONS, DELIVERIES, DISPUTES, ORDERS
from gigflow.payments.models import TAKEN
from gigflow.payments.store import LEDGER, PAYMENTS
from gigflow.proof.snapshot import LEAVING, Snapshot
from gigflow.proof.timeline import Lived, live_again
from gigflow.receipts.store import RECEIPTS
from gigflow.record.store import AUDIT
from gigflow.reviews.store import REVIEWS


class WholeOrder(msgspec.Struct, dict=True):
    """An order as stored, and what other collections have of it."""

    order: Document
    entries: list[Document]
    payments: list[Document]
    receipts: list[Document]
    deliveries: list[Document]
    cancellations: list[Document]
    disputes: list[Document]
    reviews: list[Document]
    told: list[Document]
    acts: list[Document]  # of admins, in the record
    gone: frozenset[ObjectId]  # who has deleted the account, and with it what they were told
    shut_out: frozenset[ObjectId]
    now: datetime

    @cached_property
    def lived(self) -> Lived:
        """Its life, lived once more by its timeline."""
        return live_again(self.order)

    @cached_property
    def name(self) -> str:
        """How sentences name it."""
        return f"the order {self.order['_id']}"

    @cached_property
    def taken(self) -> list[Document]:
        """The payments whose money the order took; a payment that was sent back instead says why."""
        return [each for each in self.payments if each["status"] in TAKEN and not each["why"]]

    @cached_property
    def facts(self) -> set[str]:
        """What people were told of it."""
        return {fact for row in self.told for fact in facts_of(row)}


def facts_of(told: Document) -> list[str]:
    """Return the facts that a notification tells of: its own, and those of the notifications that it replaced."""
    return [told["fact"], *(told.get("also") or [])]


_TOLD = ("order_id", "user_id", "type", "fact", "also", "url", "created_at", "read_at")


def whole_orders(at: Snapshot) -> Iterator[WholeOrder]:
    """Yield every order, the oldest first."""
    gone = frozenset(row["_id"] for row in at.rows(USERS, {"deleted_at": {"$ne": None}}, fields=("_id",)))
    sides = {
        "entries": at.groups(LEDGER, "order_id"),
        "payments": at.groups(PAYMENTS, "order_id"),
        "receipts": at.groups(RECEIPTS, "order_id"),
        "deliveries": at.groups(DELIVERIES, "order_id"),
        "cancellations": at.groups(CANCELLATIONS, "order_id"),
        "disputes": at.groups(DISPUTES, "order_id"),
        "reviews": at.groups(REVIEWS, "order_id"),
        "acts": at.groups(
            AUDIT, "subject.id", {"subject.kind": "order"}, ("subject", "event", "by", "at", "via")
        ),
        "told": at.groups(NOTIFICATIONS, "order_id", fields=_TOLD),
    }
    shut = {"disabled_at": {"$lt": at.now - LEAVING}}
    shut_out = frozenset(row["_id"] for row in at.rows(USERS, shut, fields=("_id",)))
    for order, found in at.joined(at.rows(ORDERS), sides):
        yield WholeOrder(order, **found, gone=gone, shut_out=shut_out, now=at.now)
