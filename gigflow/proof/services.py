"""What `audit` proves of services: ratings, orders, questions, pictures (docs/domain.md, invariants 4, 5 and 6)."""

from collections.abc import Iterator

import msgspec

from gigflow.core.db import Document, from_document
from gigflow.gigs.models import DELIVERY_DAYS, LISTED, Service, rank_of
from gigflow.gigs.store import GIGS
from gigflow.orders.store import ORDERS
from gigflow.proof.finding import wrong_words
from gigflow.proof.snapshot import CLOCKS, Check, Problems, Snapshot
from gigflow.questions.store import QUESTIONS
from gigflow.reviews.store import REVIEWS

_OF_ORDER = ("source", "gig_id", "client_id", "freelancer_id", "status", "paid_at", "terms", "created_at")


class WholeService(msgspec.Struct):
    """A service with its orders, its revealed reviews by clients, and what was asked about it."""

    service: Document
    orders: list[Document]
    reviews: list[Document]
    questions: list[Document]

    @property
    def name(self) -> str:
        """How sentences name it."""
        return f"the service {self.service['_id']}"


def whole_services(at: Snapshot) -> Iterator[WholeService]:
    """Yield every service, the oldest first."""
    revealed = {"side": "client", "revealed_at": {"$ne": None}}
    sides = {
        "orders": at.groups(ORDERS, "gig_id", {"source.type": "service"}, _OF_ORDER),
        "reviews": at.groups(REVIEWS, "gig_id", revealed, ("gig_id", "rating", "author_id")),
        "questions": at.groups(QUESTIONS, "gig_id"),
    }
    for service, found in at.joined(at.rows(GIGS, {"kind": "service"}), sides):
        yield WholeService(service, **found)


def _services_rank_as_reviewed(whole: WholeService) -> Problems:
    service, stars = whole.service, [review["rating"] for review in whole.reviews]
    from_document(service, Service)
    count, total = len(stars), sum(stars)
    expected = {"count": count, "sum": total}
    by_client: dict[object, list[int]] = {}
    for review in whole.reviews:
        by_client.setdefault(review["author_id"], []).append(review["rating"])
    # In whole hundredths, and halves to the even one, as the database rounds.
    rank = rank_of(len(by_client), sum(round(100 * (sum(each) / len(each))) for each in by_client.values()))
    if service["rating"] != expected or service["stars"] != (total / count if count else None):
        yield f"the rating of {whole.name} is {service['rating']}, and the reviews say {expected}"
    elif service["rank"] != rank:
        yield f"{whole.name} ranks at {service['rank']}, not at {rank}"


def _orders_are_counted(whole: WholeService) -> Problems:
    count = sum(order["status"] != "cancelled" or order.get("paid_at") is not None for order in whole.orders)
    if whole.service["order_count"] != count:
        yield f"{whole.name} counts {whole.service['order_count']} orders, and there are {count}"


def _orders_are_of_their_service(whole: WholeService) -> Problems:
    service = whole.service
    for order in whole.orders:
        name = f"the order {order['_id']}"
        if order["source"]["id"] != service["_id"] or order["freelancer_id"] != service["owner_id"]:
            yield f"{name} is of {order['freelancer_id']}, and {whole.name} is of {service['owner_id']}"
        if order["client_id"] == service["owner_id"]:
            yield f"{name} has the owner of {whole.name} as its client"
        if order["created_at"] < service["created_at"] - CLOCKS:
            yield f"{name} is older than {whole.name}"


def _unpaid_orders_are_one_each(whole: WholeService) -> Problems:
    unpaid: dict[object, int] = {}
    for order in whole.orders:
        if order["status"] == "pending_payment":
            unpaid[order["client_id"]] = unpaid.get(order["client_id"], 0) + 1
    yield from (
        f"{who} has {count} unpaid orders of {whole.name}" for who, count in unpaid.items() if count > 1
    )


def _terms_can_be_bought(whole: WholeService) -> Problems:
    """What is sold says what one gets for it, and its versions are in their order."""
    service = whole.service
    if service["revisions"] < 0 or service.get("delivery_days", DELIVERY_DAYS) < 1:
        yield f"{whole.name} offers {service['revisions']} revisions in {service.get('delivery_days')} days"
    versions = service.get("reviewed_version") or 0, service.get("terms_version", 1)
    if max(versions) > service["version"]:
        yield f"{whole.name} is of version {service['version']}, and older than {max(versions)}"


def _questions_are_sound(whole: WholeService) -> Problems:
    for question in whole.questions:
        name = f"the question {question['_id']} about {whole.name}"
        if question["asker_id"] == whole.service["owner_id"]:
            yield f"{name} is by the owner of the service"
        if bool(question["answer"]) != bool(question["answered_at"]):
            yield f"{name} is answered at {question['answered_at']} by {question['answer'][:40]!r}"


def _live_services_are_found(whole: WholeService) -> Problems:
    if whole.service["status"] == LISTED["service"]:
        yield from (f"{whole.name} {wrong}" for wrong in wrong_words(whole.service))


CHECKS: tuple[Check, ...] = (
    ("6. Services rank as they were reviewed", _services_rank_as_reviewed),
    ("5. A service counts its orders", _orders_are_counted),
    ("5. Orders of a service are of its owner, and of somebody else's", _orders_are_of_their_service),
    ("4. One unpaid order per service and client", _unpaid_orders_are_one_each),
    ("5. What a service offers can be bought", _terms_can_be_bought),
    ("4. Questions are of somebody else, and answers have their time", _questions_are_sound),
    ("8. Live services are found by their words", _live_services_are_found),
)
