"""Many finished and running orders with all that belongs to them, written straight into an empty database: jobs with
bids, payments, calls, the ledger, deliveries with files, reviews and news. `flask gigflow audit` finds nothing in them.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from bson import ObjectId
from pymongo.write_concern import WriteConcern

from gigflow.accounts.models import Rating, Ratings, User
from gigflow.accounts.store import USERS
from gigflow.bids.models import Bid
from gigflow.bids.store import BIDS
from gigflow.core.clock import now
from gigflow.core.db import Db, Declared, Document, create_missing, to_document
from gigflow.core.files import CHUNK_BYTES, chunks_of
from gigflow.core.money import fee_of
from gigflow.files.models import File, Subject
from gigflow.files.store import BUCKET, FILES
from gigflow.gigs.models import Job
from gigflow.gigs.store import GIGS
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.orders.models import (
    ACCEPT_WITHIN,
    DELIVERY_DAYS,
    PAY_WITHIN,
    Delivery,
    Happened,
    Order,
    Source,
    Terms,
    digest_of,
)
from gigflow.orders.store import DELIVERIES, ORDERS
from gigflow.payments.models import Balance, Entry, GatewayCall, Line, Payment
from gigflow.payments.store import BALANCES, GATEWAY_CALLS, LEDGER, PAYMENTS
from gigflow.reviews.models import Review, size_of
from gigflow.reviews.store import REVIEWS
from gigflow.schema import COLLECTIONS
from tests.bench.kept import document_of

BATCH = 1_000  # orders that are written at once
BASIS_POINTS = 1_000
TEXT = "What we have, what we need, and how we will know that it is done. " * 8
HOUR = timedelta(hours=1)


class Sums(msgspec.Struct):
    """What the orders have made of their people so far."""

    balances: defaultdict[ObjectId, int]
    ratings: defaultdict[tuple[ObjectId, str], list[int]]


def fill(db: Db, count: int) -> None:
    """Make this many orders and a tenth as many people; the indexes come last, which is ten times faster."""
    db.client.drop_database(db.database.name)
    chance, began = random.Random(11), now() - timedelta(days=200)
    people = [_user(number, began) for number in range(max(20, count // 10))]
    sums = Sums(defaultdict(int), defaultdict(list))
    for start in range(0, count, BATCH):
        rows: defaultdict[str, list[Document]] = defaultdict(list)
        for number in range(start, min(count, start + BATCH)):
            client, freelancer, other = chance.sample(people, 3)
            at = began + timedelta(days=100) * number / count
            _Deal(client, freelancer, other, _milliseconds(at), number, sums, rows).live()
        for name, documents in rows.items():
            db.database[name].with_options(write_concern=WriteConcern(1)).insert_many(
                documents, ordered=False
            )
    _add_people(db, people, sums)
    for declared in COLLECTIONS:
        create_missing(db.database, declared)


def _add_people(db: Db, people: list[User], sums: Sums) -> None:
    for person in people:
        parts = {
            part: Rating(len(stars), sum(stars))
            for part in ("freelancer", "client")
            if (stars := sums.ratings.get((person.id, part)))
        }
        person.rating = Ratings(**parts)
    db[USERS].insert_many([to_document(person) for person in people])
    db[BALANCES].insert_many(
        [to_document(Balance(user_id=key, amount_minor=owed)) for key, owed in sums.balances.items()]
    )


def _user(number: int, at: datetime) -> User:
    return User(
        id=ObjectId(),
        email=f"person{number}@example.org",
        name=f"Person {number}",
        password_hash="-",
        created_at=_milliseconds(at),
    )


def _milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


class _Deal:
    """One job, its two bids, and the order of the one that was hired: of ten, seven are accepted and reviewed by both
    sides, two are delivered, and one is cancelled in agreement.
    """

    def __init__(
        self,
        client: User,
        freelancer: User,
        other: User,
        at: datetime,
        number: int,
        sums: Sums,
        rows: defaultdict[str, list[Document]],
    ) -> None:
        self.client, self.freelancer, self.other = client, freelancer, other
        self.at, self.number, self.sums, self.rows = at, number, sums, rows
        self.order_id, self.gig_id, self.bid_id, self.other_id, self.payment_id = (
            ObjectId() for _ in range(5)
        )
        self.price = 5_000 + number % 3_000 * 10
        self.ends = {9: "cancelled", 8: "delivered", 7: "delivered"}.get(number % 10, "completed")

    def live(self) -> None:
        """Write all of it."""
        agreed_at = self.at + 2 * HOUR
        paid_at, delivered_at, ended_at = (agreed_at + step * HOUR for step in (1, 30, 50))
        self._add_job(agreed_at, ended_at)
        terms = Terms(
            title=f"Map of a garden, number {self.number}",
            text=TEXT,
            price_minor=self.price,
            message="I can.",
        )
        order = Order(
            id=self.order_id,
            source=Source("bid", self.bid_id),
            gig_id=self.gig_id,
            client_id=self.client.id,
            freelancer_id=self.freelancer.id,
            terms=terms,
            price_minor=self.price,
            fee_minor=fee_of(self.price, BASIS_POINTS),
            fee_basis_points=BASIS_POINTS,
            status="delivered",
            pay_by=agreed_at + PAY_WITHIN,
            paid_at=paid_at,
            due_at=paid_at + timedelta(days=DELIVERY_DAYS),
            accept_by=delivered_at + ACCEPT_WITHIN["bid"],
            events=[
                Happened(at=agreed_at, actor="client", name="agree"),
                Happened(at=paid_at, actor="provider", name="pay", data={"amount_minor": self.price}),
                Happened(at=delivered_at, actor="freelancer", name="deliver", data={"files": 1}),
            ],
            created_at=agreed_at,
            updated_at=delivered_at,
        )
        self._add_money(paid_at)
        self._deliver(delivered_at)
        if self.ends != "delivered":
            self._end(order, ended_at)
        self._add(ORDERS, order, digest=digest_of(to_document(order)))

    def _end(self, order: Order, at: datetime) -> None:
        released = self.price if self.ends == "completed" else 0
        amounts: dict[str, str | int] = {"released_minor": released, "refunded_minor": self.price - released}
        if released:
            order.status, order.released_minor = "completed", released
            order.events.append(Happened(at=at, actor="client", name="accept", data=amounts))
            fee = fee_of(released, BASIS_POINTS)
            held = Line(f"held:{order.id}", -released)
            self._book(
                "release",
                [held, Line(f"balance:{self.freelancer.id}", released - fee), Line("fees", fee)],
                at,
            )
            self.sums.balances[self.freelancer.id] += released - fee
            self._tell("order_completed", self.freelancer, at)
            self._review(order, at)
        else:
            order.status, order.refunded_minor = "cancelled", self.price
            order.events.append(Happened(at=at, actor="admin", name="decide_nothing", data=amounts))
            order.events[-1].data["note"] = "So."
            self._book("refund", [Line(f"held:{order.id}", -self.price), Line("provider", self.price)], at)
            call = {"charge_id": f"ch_{self.number}", "amount_minor": self.price}
            self._call(f"refund:{self.payment_id}", "refund", call, {"refund_id": f"re_{self.number}"}, at)
            self._tell("order_decided", self.freelancer, at)
            self._tell("order_decided", self.client, at)
            act = {"event": "order_decided", "at": at, "by": None, "via": "machine"}
            self.rows["audit"].append({**act, "subject": {"kind": "order", "id": order.id}})
        order.live, order.ended_at, order.updated_at = False, at, at

    def _add_job(self, at: datetime, ended_at: datetime) -> None:
        status = {"completed": "completed", "cancelled": "cancelled"}.get(self.ends, "assigned")
        job = Job(
            id=self.gig_id,
            owner_id=self.client.id,
            owner_name=self.client.name,
            title=f"Map of a garden, number {self.number}",
            description=TEXT,
            price_minor=self.price,
            skills=["Ink", "Maps"],
            status=status,
            bid_count=2,
            hired_bid_id=self.bid_id,
            order_id=self.order_id,
            created_at=self.at,
            updated_at=ended_at,
        )
        self.rows[GIGS.name].append(document_of(job))
        for bid_id, person in ((self.bid_id, self.freelancer), (self.other_id, self.other)):
            is_hired = bid_id == self.bid_id
            bid = Bid(
                id=bid_id,
                gig_id=self.gig_id,
                freelancer_id=person.id,
                message="I can.",
                price_minor=self.price,
                status="hired" if is_hired else "rejected",
                rejected_by=None if is_hired else self.order_id,
                created_at=self.at + HOUR,
                updated_at=at,
            )
            self._add(BIDS, bid)
            self._tell("bid_placed", self.client, self.at, bid_id, {"gig_id": self.gig_id})
        self._tell(
            "hired", self.freelancer, at, self.order_id, {"gig_id": self.gig_id, "order_id": self.order_id}
        )
        self._tell("bid_rejected", self.other, at, self.order_id, {"gig_id": self.gig_id})

    def _add_money(self, at: datetime) -> None:
        is_back = self.ends == "cancelled"
        payment = Payment(
            id=self.payment_id,
            order_id=self.order_id,
            client_id=self.client.id,
            provider="sandbox",
            amount_minor=self.price,
            currency="USD",
            status="refunded" if is_back else "paid",
            title="Map of a garden",
            path=f"/orders/{self.order_id}",
            session_id=f"cs_{self.number}",
            checkout_url="http://localhost/pay",
            charge_id=f"ch_{self.number}",
            received_minor=self.price,
            refunded_minor=self.price if is_back else 0,
            created_at=at - HOUR / 2,
            updated_at=at,
        )
        self._add(PAYMENTS, payment)
        self._call(f"session:{self.payment_id}", "open_session", {}, {"session_id": payment.session_id}, at)
        self._book("hold", [Line("provider", -self.price), Line(f"held:{self.order_id}", self.price)], at)
        for person in (self.client, self.freelancer):
            self._tell("order_paid", person, at)

    def _deliver(self, at: datetime) -> None:
        file_id, content = ObjectId(), f"Map {self.number}".encode() * 20
        delivery = Delivery(
            id=ObjectId(), order_id=self.order_id, message="Here.", file_ids=[file_id], created_at=at
        )
        self._add(DELIVERIES, delivery)
        file = File(
            id=file_id,
            owner_id=self.freelancer.id,
            name="map.txt",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            subject=Subject("order", self.order_id),
            drop_at=None,
            created_at=at,
        )
        self._add(FILES, file)
        self.rows[f"{BUCKET}.files"].append(
            {"_id": file_id, "length": len(content), "chunkSize": CHUNK_BYTES}
        )
        self.rows[chunks_of(BUCKET).name].append({"files_id": file_id, "n": 0, "data": content})
        self._tell("order_delivered", self.client, at)

    def _review(self, order: Order, at: datetime) -> None:
        sides = (("client", self.client, self.freelancer), ("freelancer", self.freelancer, self.client))
        for step, (side, author, subject) in enumerate(sides, 1):
            stars = 3 + (self.number + step) % 3
            written = at + step * HOUR
            review = Review(
                id=ObjectId(),
                order_id=order.id,
                gig_id=self.gig_id,
                title=order.terms.title,
                author_id=author.id,
                subject_id=subject.id,
                side=side,
                rating=stars,
                text="As agreed.",
                size_band=size_of(self.price),
                reveal_at=None,
                revealed_at=at + 2 * HOUR,
                created_at=written,
            )
            order.reviewed[side] = written
            self._add(REVIEWS, review)
            self.sums.ratings[subject.id, "freelancer" if side == "client" else "client"].append(stars)
            self._tell("review_received", subject, written, order.id if step == 1 else review.id)

    def _book(self, kind: str, lines: list[Line], at: datetime) -> None:
        key = f"{kind}:{self.order_id}"
        self._add(LEDGER, Entry(id=ObjectId(), key=key, order_id=self.order_id, lines=lines, created_at=at))

    def _call(self, key: str, kind: str, data: Document, result: Document, at: datetime) -> None:
        call = GatewayCall(
            key=key,
            kind=kind,
            subject_id=self.payment_id,
            data=data,
            status="done",
            attempts=1,
            due_at=at,
            result=result,
            created_at=at,
        )
        self._add(GATEWAY_CALLS, call)

    def _tell(
        self,
        event: str,
        person: User,
        at: datetime,
        occurrence: ObjectId | None = None,
        about: Document | None = None,
    ) -> None:
        row = {
            "_id": ObjectId(),
            "fact": f"{event}:{occurrence or ObjectId()}:{person.id}",
            "user_id": person.id,
            "type": event,
            "message": f"Something has happened to the map of a garden, number {self.number}.",
            "url": f"/orders/{self.order_id}",
            "created_at": at,
            "read_at": at,
            "mail_at": None,
            **(about or {"gig_id": self.gig_id, "order_id": self.order_id}),
        }
        self.rows[NOTIFICATIONS.name].append(row)

    def _add(self, declared: Declared, struct: msgspec.Struct, **more: object) -> None:
        self.rows[declared.name].append({**to_document(struct), **more})


def sizes(most: int) -> Iterator[int]:
    """A quarter, half and all of it: to see how time grows."""
    yield from (most // 4, most // 2, most)
