"""What `audit` proves of requests and of the offers for them (docs/domain.md, invariants 12 and 13)."""

from collections import Counter
from collections.abc import Iterator

import msgspec
from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.core.db import Document, from_document
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.offers.actions import WITHDRAWN
from gigflow.offers.models import Offer
from gigflow.offers.store import OFFERS
from gigflow.orders.store import ORDERS
from gigflow.proof.snapshot import LEAVING, Check, Problems, Snapshot
from gigflow.record.store import AUDIT
from gigflow.requests.deciding import SENT
from gigflow.requests.events import REQUEST_MATCHED, REQUEST_REJECTED
from gigflow.requests.models import Request
from gigflow.requests.store import REQUESTS

_TAKEN_ON = ("matched", "completed")


class WholeRequest(msgspec.Struct):
    """A request with its offers and its order, who of its people is shut out or has left, what the record says of it
    and of its offers, and whether its client was told that it is matched.
    """

    request: Request
    offers: list[Offer]
    orders: list[Document]
    gone: frozenset[ObjectId]
    acts: Counter[str]
    offer_acts: Counter[tuple[ObjectId, str]]
    told: int

    @property
    def name(self) -> str:
        """How sentences name it."""
        return f"the request {self.request.id}"

    def count(self, *statuses: str) -> int:
        """How many of its offers are in one of these states."""
        return sum(each.status in statuses for each in self.offers)


def whole_requests(at: Snapshot) -> Iterator[WholeRequest]:
    """Yield every request, the oldest first."""
    away = {"disabled_at": {"$lte": at.now - LEAVING}}
    gone = frozenset(row["_id"] for row in at.rows(USERS, away, fields=("_id",)))
    for row in at.sums(REQUESTS, {"$sort": {"_id": 1}}, *_beside()):
        yield WholeRequest(
            request=from_document(row, Request),
            offers=[from_document(each, Offer) for each in row["offers"]],
            orders=row["orders"],
            gone=gone,
            acts=Counter(each["event"] for each in row["acts"]),
            offer_acts=Counter((each["subject"]["id"], each["event"]) for each in row["offer_acts"]),
            told=len(row["told"]),
        )


def _beside() -> Iterator[Document]:
    yield _found("offers", OFFERS.name, "_id", "request_id", [])
    shape = {"status": 1, "paid_at": 1, "price_minor": 1, "terms.title": 1, "terms.text": 1, "source": 1}
    yield _found("orders", ORDERS.name, "order_id", "_id", [{"$project": shape}])
    for name, mine, kind in (("acts", "_id", "request"), ("offer_acts", "offers._id", "offer")):
        # A request without offers has no such id, which the rows about nothing would match.
        event: list[Document] = [{"$match": {"subject.kind": kind}}, {"$project": {"event": 1, "subject": 1}}]
        yield _found(name, AUDIT.name, mine, "subject.id", event)
    fact = [f"{REQUEST_MATCHED.key}:", {"$toString": "$offer_id"}, ":", {"$toString": "$client_id"}]
    yield {"$set": {"fact": {"$concat": fact}}}
    yield _found("told", NOTIFICATIONS.name, "fact", "fact", [{"$project": {"_id": 1}}])


def _found(name: str, rows: str, mine: str, theirs: str, pipeline: list[Document]) -> Document:
    wanted = {"localField": mine, "foreignField": theirs, "pipeline": pipeline}
    return {"$lookup": {"from": rows, **wanted, "as": name}}


def _stands_as_its_offers(whole: WholeRequest) -> Problems:
    request, out = whole.request, whole.count("sent")
    if (request.status == "assigned") != (out > 0) or request.open_offers != out:
        yield f"{whole.name} is {request.status}, says {request.open_offers} open offers, and has {out}"
    accepted = [each for each in whole.offers if each.status == "accepted"]
    if request.status in _TAKEN_ON and [each.id for each in accepted] != [request.offer_id]:
        yield f"{whole.name} is {request.status}, and {len(accepted)} of its offers are accepted"
    if request.status not in _TAKEN_ON and request.order_id is None and accepted:
        yield f"{whole.name} is {request.status}, and has an accepted offer"
    if (request.order_id is None) != (request.offer_id is None):
        yield f"{whole.name} has the order {request.order_id} of the offer {request.offer_id}"


def _stands_as_its_order(whole: WholeRequest) -> Problems:
    request = whole.request
    if request.order_id is None:
        if request.status in _TAKEN_ON:
            yield f"{whole.name} is {request.status}, and has no order"
        return
    if not whole.orders or whole.orders[0]["source"]["id"] != request.offer_id:
        yield f"{whole.name} has the order {request.order_id}, which is not of its offer"
        return
    (order,) = whole.orders
    stands = {"completed": "completed", "cancelled": "cancelled"}.get(order["status"], "matched")
    if request.status != stands:
        yield f"{whole.name} is {request.status}, and its order is {order['status']}"
    agreed = (order["terms"]["title"], order["terms"].get("text", ""))
    if agreed != (request.title, request.description):
        yield f"{whole.name} has other words than its order"


def _is_within_its_budget(whole: WholeRequest) -> Problems:
    for offer in whole.offers:
        if offer.price_minor > (offer.budget_minor or 0):
            yield f"the offer {offer.id} of {whole.name} is for {offer.price_minor}, above its budget"
    for order in whole.orders:
        if order["price_minor"] > whole.request.budget_minor:
            yield f"the order of {whole.name} is for {order['price_minor']}, above its budget"


def _asks_nobody_who_may_not(whole: WholeRequest) -> Problems:
    request = whole.request
    for offer in whole.offers:
        if offer.to_id in (request.client_id, offer.sender_id) or offer.client_id != request.client_id:
            yield f"the offer {offer.id} of {whole.name} went to its client or its sender"
        if offer.status == "sent" and not whole.gone.isdisjoint((offer.to_id, offer.client_id)):
            yield f"the offer {offer.id} of {whole.name} is open, and one of the two is no longer here"


def _has_its_rows(whole: WholeRequest) -> Problems:
    back, batches = whole.acts[REQUEST_REJECTED.key], {each.batch for each in whole.offers}
    for offer in whole.offers:
        if whole.offer_acts[offer.id, SENT] != 1:
            yield f"the offer {offer.id} of {whole.name} has no row in the record that it was sent"
        if whole.offer_acts[offer.id, WITHDRAWN] and offer.status != "withdrawn":
            yield f"the offer {offer.id} of {whole.name} is {offer.status}, and was withdrawn by the record"
    if whole.acts[SENT] != len(batches):
        yield f"{whole.name} was assigned {len(batches)} times, and the record has {whole.acts[SENT]} rows"
    if back != whole.request.sent_back:
        yield f"{whole.name} was sent back {whole.request.sent_back} times, and the record has {back} rows"


def _is_told_once(whole: WholeRequest) -> Problems:
    if whole.request.offer_id and whole.told != 1:
        yield f"{whole.request.client_id}, client of {whole.name}, was told {whole.told} times of its match"


CHECKS: tuple[Check, ...] = (
    ("12. A request stands as its offers stand", _stands_as_its_offers),
    ("12. A request stands as its order stands, with the same words", _stands_as_its_order),
    ("12. Nobody agrees above the budget of a request", _is_within_its_budget),
    ("12. Nobody is asked who is its client, its sender, or no longer here", _asks_nobody_who_may_not),
    ("13. Each offer for a request, and each sending back, has its row in the record", _has_its_rows),
    ("11. The client of a request is told once that it is matched", _is_told_once),
)
