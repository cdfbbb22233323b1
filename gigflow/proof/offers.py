"""What `audit` proves of offers (docs/domain.md, invariants 11 and 12)."""

from collections.abc import Iterator

import msgspec

from gigflow.core.db import Document, from_document
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.offers.events import OFFER_ACCEPTED, OFFER_RECEIVED, OFFER_REMINDER
from gigflow.offers.models import Offer
from gigflow.offers.store import OFFERS
from gigflow.orders.store import ORDERS
from gigflow.proof.snapshot import Check, Problems, Snapshot

_ENDS_UNPAID = "called_off"


class WholeOffer(msgspec.Struct):
    """An offer with the one that it answers, its orders, and what was told of it."""

    offer: Offer
    answered: Document | None
    orders: list[Document]
    told: list[Document]

    @property
    def name(self) -> str:
        """How sentences name it."""
        return f"the offer {self.offer.id}"


def whole_offers(at: Snapshot) -> Iterator[WholeOffer]:
    """Yield every offer, the oldest first."""
    for row in at.sums(OFFERS, {"$sort": {"_id": 1}}, *_beside()):
        answered = row["answered"][0] if row["answered"] else None
        yield WholeOffer(from_document(row, Offer), answered, row["orders"], row["told"])


def _beside() -> Iterator[Document]:
    fields = ("negotiation_id", "round", "status", "sender_id", "to_id")
    yield _found("answered", OFFERS.name, "answers", "_id", [{"$project": dict.fromkeys(fields, 1)}])
    shape = {"$project": {"status": 1, "paid_at": 1, "price_minor": 1, "fee_basis_points": 1}}
    yield _found("orders", ORDERS.name, "_id", "source.id", [shape])
    facts = [
        {"$concat": [f"{event.key}:", {"$toString": "$_id"}, ":", {"$toString": f"${to}"}]}
        for event, to in ((OFFER_RECEIVED, "to_id"), (OFFER_REMINDER, "to_id"), (OFFER_ACCEPTED, "sender_id"))
    ]
    yield {"$set": {"facts": facts}}
    yield _found("told", NOTIFICATIONS.name, "facts", "fact", [{"$project": {"type": 1, "read_at": 1}}])


def _found(name: str, rows: str, mine: str, theirs: str, pipeline: list[Document]) -> Document:
    wanted = {"localField": mine, "foreignField": theirs, "pipeline": pipeline}
    return {"$lookup": {"from": rows, **wanted, "as": name}}


def _is_between_its_two(whole: WholeOffer) -> Problems:
    offer = whole.offer
    people = {offer.sender_id, offer.to_id}
    if offer.kind == "request":  # of which an admin is the sender
        people = {offer.client_id, offer.to_id}
    if len(people) != 2 or people != {offer.client_id, offer.freelancer_id}:
        yield f"{whole.name} is not between its client and its freelancer"
    if (offer.status == "sent") == (offer.ended_at is not None):
        yield f"{whole.name} is {offer.status}, ended at {offer.ended_at}"


def _is_one_line(whole: WholeOffer) -> Problems:
    offer, answered = whole.offer, whole.answered
    if offer.round == 1:
        if offer.answers or offer.negotiation_id != offer.id:
            yield f"{whole.name} is the first of its negotiation, and answers {offer.answers}"
        return
    if answered is None:
        yield f"{whole.name} answers {offer.answers}, which is not there"
        return
    follows = answered["negotiation_id"] == offer.negotiation_id and answered["round"] == offer.round - 1
    if not follows or answered["status"] != "countered" or answered["to_id"] != offer.sender_id:
        yield f"{whole.name} does not follow {offer.answers}, which it answers"


def _has_its_order(whole: WholeOffer) -> Problems:
    offer = whole.offer
    if offer.status not in ("accepted", _ENDS_UNPAID):
        if whole.orders or offer.order_id:
            yield f"{whole.name} is {offer.status}, and has an order"
        return
    if len(whole.orders) != 1 or whole.orders[0]["_id"] != offer.order_id:
        yield f"{whole.name} is {offer.status}, and has {len(whole.orders)} orders"
        return
    (order,) = whole.orders
    agreed = (order["price_minor"], order["fee_basis_points"])
    if agreed != (offer.price_minor, offer.fee_basis_points):
        yield f"{whole.name} is for {offer.price_minor}, its order for {order['price_minor']}"
    ended_unpaid = order["status"] == "cancelled" and order.get("paid_at") is None
    if ended_unpaid != (offer.status == _ENDS_UNPAID):
        yield f"{whole.name} is {offer.status}, and its order is {order['status']}"


def _is_told_once(whole: WholeOffer) -> Problems:
    """A fact is told once by its index; here it is told at all, and what is hidden or over is read."""
    offer = whole.offer
    read = {row["type"]: row["read_at"] for row in whole.told}
    if not offer.hidden and offer.status == "sent":
        return
    if any(key in read and read[key] is None for key in (OFFER_RECEIVED.key, OFFER_REMINDER.key)):
        yield f"{offer.to_id} has news of {whole.name} unread, which is over or hidden from them"
    if offer.remind_at:
        yield f"{offer.to_id} is to be reminded of {whole.name}, which is over or hidden from them"


CHECKS: tuple[Check, ...] = (
    ("12. An offer is between its client and its freelancer, and ends once", _is_between_its_two),
    ("12. The offers of a negotiation are one line", _is_one_line),
    ("12. An accepted offer has one order, for its price", _has_its_order),
    ("11. News of an offer are read once it is over", _is_told_once),
)
