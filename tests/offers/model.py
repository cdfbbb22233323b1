"""Offers as they should be, by docs/domain.md and the table of docs/states.md, without a database."""

from dataclasses import dataclass, field
from typing import Any

from gigflow.offers.models import OPEN_MAX, ROUNDS_MAX


@dataclass
class Act:
    """What somebody does: `who` to or with `other`, about the offer `about`, and the ids of what it makes."""

    name: str
    who: int
    other: int = 0
    about: str = ""
    side: str = "client"
    on: bool = True
    key: str = ""
    made: str = ""


@dataclass
class ModelOffer:
    """An offer, with the order that came of it (`order`, `paid` once it is) and whether its news waits to be read."""

    id: str
    client: int
    freelancer: int
    sender: int
    hidden: bool
    round: int = 1
    answers: str = ""
    status: str = "sent"
    order: str = ""
    key: str = ""
    paid: bool = False
    has_file: bool = False

    @property
    def to(self) -> int:
        return self.freelancer if self.sender == self.client else self.client

    @property
    def pair(self) -> set[int]:
        return {self.client, self.freelancer}

    @property
    def waits(self) -> bool:
        """Whether its receiver has it in their turn, and unread among their news."""
        return self.status == "sent" and not self.hidden

    @property
    def order_status(self) -> str:
        ended = "cancelled" if self.status == "called_off" else "pending_payment"
        return "" if not self.order else "in_progress" if self.paid else ended

    def is_shown_to(self, who: int) -> bool:
        return who == self.sender or (who == self.to and not self.hidden)


@dataclass
class ModelPerson:
    shut: bool = False
    left: bool = False
    blocks: set[int] = field(default_factory=set)

    @property
    def is_away(self) -> bool:
        return self.shut or self.left


@dataclass
class ModelDoor:
    """Some people and what they offer each other; each act returns the status of its answer. `turned` has who, as a
    client, has written to which freelancer.
    """

    people: list[ModelPerson]
    turned: set[tuple[int, int]]
    offers: dict[str, ModelOffer] = field(default_factory=dict)

    def apply(self, act: Act) -> int:
        if self.people[act.who].is_away and act.name not in ("shut", "gone", "expire"):
            return 401
        status: int = getattr(self, act.name)(act)
        return status

    def between(self, one: int, other: int) -> list[ModelOffer]:
        return [each for each in self.offers.values() if each.pair == {one, other}]

    def send(self, act: Act) -> int:
        client, freelancer = (act.who, act.other) if act.side == "client" else (act.other, act.who)
        ordered = any(
            each.order and (each.client, each.freelancer) == (client, freelancer)
            for each in self.offers.values()
        )
        if self.people[act.other].is_away:
            return 409
        if act.side == "freelancer" and (client, freelancer) not in self.turned and not ordered:
            return 403
        mine = [each for each in self.between(act.who, act.other) if each.is_shown_to(act.who)]
        is_full = sum(each.status == "sent" for each in mine) >= OPEN_MAX
        if act.other in self.people[act.who].blocks or is_full:
            return 409
        hidden = act.who in self.people[act.other].blocks
        self.offers[act.made] = ModelOffer(act.made, client, freelancer, act.who, hidden, has_file=True)
        return 201

    def counter(self, act: Act) -> int:
        offer = self.offers[act.about]
        if offer.to != act.who or offer.hidden:
            return 403 if offer.sender == act.who else 404
        if self.people[offer.sender].is_away or offer.status != "sent" or offer.round >= ROUNDS_MAX:
            return 409
        offer.status = "countered"
        self.offers[act.made] = ModelOffer(
            act.made,
            offer.client,
            offer.freelancer,
            act.who,
            act.who in self.people[offer.sender].blocks,
            offer.round + 1,
            offer.id,
        )
        return 201

    def accept(self, act: Act) -> int:
        """`on` with the right price."""
        offer = self.offers[act.about]
        if offer.to != act.who or offer.hidden:
            return 403 if offer.sender == act.who else 404
        if offer.status == "accepted" and act.key and offer.key == act.key:
            return 200
        if offer.status != "sent" or not act.on or self.people[offer.sender].is_away:
            return 409
        offer.status, offer.order, offer.key = "accepted", act.made, act.key
        return 200

    def decline(self, act: Act) -> int:
        offer = self.offers[act.about]
        if offer.to != act.who or offer.hidden:
            return 403 if offer.sender == act.who else 404
        return self._end(offer, "declined")

    def withdraw(self, act: Act) -> int:
        offer = self.offers[act.about]
        if offer.sender != act.who:
            return 404 if offer.hidden else 403
        return self._end(offer, "withdrawn")

    def expire(self, act: Act) -> int:
        """Time passes for an offer; whether a tick has noted it makes no difference to people."""
        offer = self.offers[act.about]
        if offer.status == "sent":
            offer.status = "expired"
        return 200

    def block(self, act: Act) -> int:
        """Block somebody (`on`), or unblock them."""
        if act.on and any(each.paid for each in self.between(act.who, act.other)):
            return 409
        if not act.on:
            self.people[act.who].blocks.discard(act.other)
            return 200
        self.people[act.who].blocks.add(act.other)
        for each in self.between(act.who, act.other):
            if each.status == "sent" and each.sender == act.who:
                each.status = "withdrawn"
            elif each.status == "sent":
                each.hidden = True
        return 200

    def call_off(self, act: Act) -> int:
        """End an unpaid order."""
        offer = self.offers[act.about]
        if offer.status != "accepted" or offer.paid:
            return 409
        offer.status = "called_off"
        return 200

    def pay(self, act: Act) -> int:
        offer = self.offers[act.about]
        if offer.status != "accepted" or offer.paid:
            return 409
        offer.paid = True
        return 201

    def shut(self, act: Act) -> int:
        """An operator shuts an account (`on`), or opens it again. What is theirs ends afterwards (`gone`)."""
        self.people[act.who].shut = act.on
        return 200

    def gone(self, act: Act) -> int:
        self._end_what_is_theirs(act.who)
        return 200

    def leave(self, act: Act) -> int:
        if any(each.status == "accepted" and act.who in each.pair for each in self.offers.values()):
            return 409
        self.people[act.who].left = True
        self._end_what_is_theirs(act.who)
        for each in self.offers.values():
            if act.who in each.pair:
                # The order of one that was called off keeps its own.
                each.has_file = each.has_file and bool(each.order)
        return 200

    def _end(self, offer: ModelOffer, status: str) -> int:
        """Let an offer end; again, it changes nothing."""
        if offer.status not in ("sent", status):
            return 409
        offer.status = status
        return 200

    def _end_what_is_theirs(self, who: int) -> None:
        for each in self.offers.values():
            if who in each.pair and each.status == "sent":
                each.status = "void"
            elif who in each.pair and each.status == "accepted" and not each.paid:
                each.status = "called_off"

    def stored(self) -> dict[str, Any]:
        """What the database should have."""
        return {
            each.id: (
                *(each.client, each.freelancer, each.sender),
                *(each.status, each.hidden, each.round, each.answers),
                *(each.order, each.order_status),
            )
            for each in self.offers.values()
        }
