"""What orders should be, whatever anybody does with them: the model of test_order_machine.py.

What may be done in which state is read from the tables of GigFlow; everything else is said here again, in other words.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from gigflow.core.transitions import AS_IT_WAS
from gigflow.orders.models import ORDER
from tests.support.client import Json

CLIENT, FREELANCER = "client", "freelancer"
ADMIN = 3  # beside three people who deal with each other
OTHER = {CLIENT: FREELANCER, FREELANCER: CLIENT}
# Steps that belong to one side; every other belongs to both.
SIDES = {"deliver": FREELANCER, "revise": CLIENT, "accept": CLIENT}
STEPS = ("deliver", "revise", "accept", "cancel", "take_back", "agree_to_cancel", "refuse", "dispute")
ACCEPTED_AFTER = {"bid": timedelta(days=14), "service": timedelta(days=3)}
PAID_WITHIN, ANSWERED_WITHIN, REVIEWED_WITHIN = timedelta(days=7), timedelta(hours=72), timedelta(days=14)


@dataclass
class ModelPayment:
    """One try to pay. `news` is a charge of it that GigFlow has not heard of."""

    address: str
    status: str = "open"
    charged: bool = False
    news: Json | None = None


@dataclass
class ModelOrder:
    """What an order should be. People are numbers, amounts minor units."""

    id: str
    client: int
    freelancer: int
    door: str
    price: int
    revisions: int
    status: str = "pending_payment"
    released: int = 0
    refunded: int = 0
    asked: str | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    payments: list[ModelPayment] = field(default_factory=list)
    ended: timedelta = timedelta()  # how far ahead of the people's time
    reviews: list[str] = field(default_factory=list)
    review_closed: bool = False

    def side(self, who: int) -> str | None:
        return {self.client: CLIENT, self.freelancer: FREELANCER}.get(who)

    def person(self, side: str) -> int:
        return self.client if side == CLIENT else self.freelancer

    @property
    def open_payment(self) -> ModelPayment | None:
        return next((each for each in self.payments if each.status == "open"), None)

    def may(self, transition: str) -> bool:
        return self.status in ORDER[transition].sources

    def for_a_side(self, who: int, side: str | None = None) -> int:
        """What somebody is answered who may not do what a side may; 200 for who may."""
        mine = self.side(who)
        if mine is None:
            return 403 if who == ADMIN else 404
        return 200 if side in (None, mine) else 403

    def step(self, name: str, who: int) -> int:
        """The answer to a step of `STEPS`; it is taken where that is 200."""
        refusal = self.for_a_side(who, SIDES.get(name))
        if refusal != 200:
            return refusal
        side = self.side(who)
        if name in ("take_back", "agree_to_cancel", "refuse"):
            if self.asked is None:
                return 409
            if (self.asked == side) != (name == "take_back"):
                return 403
        transition = name
        if name == "cancel":
            transition = "call_off" if self.status == "pending_payment" else "ask_to_cancel"
        if (
            not self.may(transition)
            or (transition == "ask_to_cancel" and self.asked)
            or (name == "revise" and not self.revisions)
        ):
            return 409
        self.go(transition)
        if transition == "ask_to_cancel":
            self.asked = side
        elif name == "revise":
            self.revisions -= 1
        return 200

    def go(self, transition: str, ahead: timedelta = timedelta()) -> None:
        """Be where a transition leads."""
        assert self.may(transition)
        row = ORDER[transition]
        if row.target != AS_IT_WAS:
            self.status = row.target
        if transition in ("take_back", "refuse", "escalate", "dispute"):
            self.asked = None
        if transition in ("call_off", "expire") and self.open_payment:
            self.open_payment.status = "expired"
        if transition in ("accept", "auto_accept"):
            self.released = self.price
        elif transition == "agree_to_cancel":
            self.refunded = self.price
        if self.status in ("completed", "cancelled"):
            self.asked, self.ended = None, ahead

    def split(self, transition: str, released: int) -> None:
        """End with so much of the price for the freelancer."""
        self.go(transition if released else f"{transition}_nothing")
        self.released, self.refunded = released, self.price - released

    def hear_of(self, payment: ModelPayment, right: bool) -> None:
        """Money has come for a payment."""
        if payment.status in ("open", "expired"):
            takes = right and self.may("pay")
            payment.status = "paid" if takes else "sent back"
            if takes:
                self.go("pay")
        payment.news = None

    def name_number(self, who: int, amount: int) -> int:
        """The answer to a sealed number. All of it happens within the first day."""
        refusal = self.for_a_side(who)
        if refusal != 200:
            return refusal
        if amount > self.price:
            return 400
        side = self.side(who)
        assert side is not None
        if not self.may("offer") or side in self.numbers:
            return 409
        self.numbers[side] = amount
        if len(self.numbers) == 2 and self.numbers[FREELANCER] <= self.numbers[CLIENT]:
            self.split("settle", sum(self.numbers.values()) // 2)
        return 200

    def decide(self, who: int, released: int) -> int:
        """The answer to an admin's decision."""
        if who != ADMIN:
            return 403
        if not self.may("decide"):
            return 409
        if released > self.price:
            return 400
        self.split("decide", released)
        return 200

    def review(self, who: int) -> int:
        """The answer to a review."""
        refusal = self.for_a_side(who)
        if refusal != 200:
            return refusal
        side = self.side(who)
        assert side is not None
        if self.status != "completed" or side in self.reviews or self.review_closed:
            return 409
        self.reviews.append(side)
        return 201

    def let_time_pass(self, ahead: timedelta) -> bool:
        """Be what time makes of it after so long; returns whether that is something."""
        before = self.status
        if self.status == "pending_payment" and ahead >= PAID_WITHIN:
            self.go("expire", ahead)
        elif self.asked:
            if ahead >= ANSWERED_WITHIN:
                self.go("escalate", ahead)
        elif self.status == "delivered" and ahead >= ACCEPTED_AFTER[self.door]:
            self.go("auto_accept", ahead)
        elif self.status == "completed" and self.reviews and ahead >= self.ended + REVIEWED_WITHIN:
            self.review_closed = True
        return self.status != before
