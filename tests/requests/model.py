"""Requests as they should be, by docs/domain.md and the tables of docs/states.md, without a database."""

from dataclasses import dataclass, field
from typing import Any

from gigflow.core.transitions import AS_IT_WAS
from gigflow.offers.models import OFFER
from gigflow.requests.models import REQUEST


@dataclass
class Act:
    """What somebody does about a request: `who` of the people, `about` one of its offers, the ids of what it makes."""

    name: str
    request: str
    who: int = 0
    about: str = ""
    asked: tuple[int, ...] = ()
    on: bool = True
    key: str = ""
    made: dict[int, str] = field(default_factory=dict)
    order: str = ""


@dataclass
class ModelOffer:
    """An offer to a freelancer, with the order that came of it."""

    id: str
    freelancer: int
    status: str = "sent"
    order: str = ""
    order_status: str = ""
    key: str = ""


@dataclass
class ModelRequest:
    """A request with its offers by their ids."""

    id: str
    status: str = "pending"
    order: str = ""
    offers: dict[str, ModelOffer] = field(default_factory=dict)

    def sent(self) -> list[ModelOffer]:
        return [each for each in self.offers.values() if each.status == "sent"]

    def accepted(self) -> ModelOffer | None:
        return next((each for each in self.offers.values() if each.status == "accepted"), None)

    def step(self, name: str) -> bool:
        """Take a step of the table, if it may be taken now."""
        found = REQUEST[name]
        if self.status not in found.sources:
            return False
        self.status = self.status if found.target == AS_IT_WAS else found.target
        return True


@dataclass
class ModelHouse:
    """A client (0), freelancers and admins, who of them is shut out, and the requests of the client; each act returns
    the status of its answer.
    """

    shut_out: set[int] = field(default_factory=set)
    requests: dict[str, ModelRequest] = field(default_factory=dict)

    def apply(self, act: Act) -> int:
        if act.who in self.shut_out and act.name not in ("shut", "expire"):
            return 401
        status: int = getattr(self, act.name)(act, self.requests[act.request])
        return status

    def edit(self, act: Act, request: ModelRequest) -> int:
        return 200 if request.step("edit") else 409

    def send_again(self, act: Act, request: ModelRequest) -> int:
        return 200 if request.step("send_again") else 409

    def reject(self, act: Act, request: ModelRequest) -> int:
        return 200 if request.step("reject") else 409

    def open_up(self, act: Act, request: ModelRequest) -> int:
        return 201 if request.step("open_up") else 409

    def take_back(self, act: Act, request: ModelRequest) -> int:
        return self._without_offers("take_back", request)

    def cancel(self, act: Act, request: ModelRequest) -> int:
        if request.status == "cancelled" and not request.order:
            return 200
        return self._without_offers("cancel", request)

    def _without_offers(self, name: str, request: ModelRequest) -> int:
        if not request.step(name):
            return 409
        for each in request.sent():
            each.status = "withdrawn"
        return 200

    def assign(self, act: Act, request: ModelRequest) -> int:
        out = {each.freelancer for each in request.sent()}
        asked = [each for each in act.asked if each not in out and each not in self.shut_out]
        if not asked or 0 in self.shut_out or not request.step("assign"):
            return 409
        for each in asked:
            offer_id = act.made.get(each, "")
            request.offers[offer_id] = ModelOffer(offer_id, each)
        return 200

    def withdraw(self, act: Act, request: ModelRequest) -> int:
        return self._end(request, request.offers[act.about], "withdraw")

    def decline(self, act: Act, request: ModelRequest) -> int:
        return self._end(request, request.offers[act.about], "decline")

    def expire(self, act: Act, request: ModelRequest) -> int:
        self._end(request, request.offers[act.about], "expire")
        return 200

    def _end(self, request: ModelRequest, offer: ModelOffer, name: str) -> int:
        """Let an offer end without an order; again, it changes nothing."""
        if offer.status == OFFER[name].target:
            return 200
        if offer.status not in OFFER[name].sources:
            return 409
        offer.status = OFFER[name].target
        if not request.sent():
            assert request.step("run_out")
        return 200

    def accept(self, act: Act, request: ModelRequest) -> int:
        """`on` with the right price."""
        offer = request.offers[act.about]
        if offer.status == "accepted" and act.key and offer.key == act.key:
            return 200
        if offer.status not in OFFER["accept"].sources or not act.on or 0 in self.shut_out:
            return 409
        assert request.step("match")
        for each in request.sent():
            each.status = "superseded"
        offer.status, offer.order, offer.key = "accepted", act.order, act.key
        offer.order_status, request.order = "pending_payment", act.order
        return 200

    def call_off(self, act: Act, request: ModelRequest) -> int:
        """One side ends the unpaid order."""
        offer = request.offers[act.about]
        if offer.status != "accepted" or offer.order_status != "pending_payment":
            return 409
        self._ended_unpaid(request, offer, "send_back" if act.who == 0 else "reopen")
        return 200

    def _ended_unpaid(self, request: ModelRequest, offer: ModelOffer, step: str) -> None:
        offer.status, offer.order_status, offer.key = "called_off", "cancelled", ""
        assert request.step(step)
        request.order = request.order if step == "drop" else ""

    def pay(self, act: Act, request: ModelRequest) -> int:
        offer = request.offers[act.about]
        if offer.status != "accepted" or offer.order_status != "pending_payment":
            return 409
        offer.order_status = "in_progress"
        return 201

    def finish(self, act: Act, request: ModelRequest) -> int:
        """The work is delivered and accepted (`on`), or the order is cancelled in agreement."""
        offer = request.offers[act.about]
        offer.order_status = "completed" if act.on else "cancelled"
        assert request.step("complete" if act.on else "end")
        return 200

    def shut(self, act: Act, request: ModelRequest) -> int:
        """An operator shuts an account (`on`), or opens it again."""
        if not act.on:
            self.shut_out.discard(act.who)
            return 200
        self.shut_out.add(act.who)
        for each in self.requests.values():
            self._leave(each, act.who)
        return 200

    def _leave(self, request: ModelRequest, who: int) -> None:
        if who == 0 and request.step("leave"):
            for each in request.sent():
                each.status = "withdrawn"
        for each in request.offers.values():
            if each.freelancer == who and each.status == "sent":
                each.status = "void"
                if not request.sent():
                    assert request.step("run_out")
            if who in (0, each.freelancer) and each.order_status == "pending_payment":
                self._ended_unpaid(request, each, "drop" if who == 0 else "reopen")

    def stored(self) -> dict[str, Any]:
        """What the database should have."""
        return {
            request.id: (
                request.status,
                request.order,
                len(request.sent()),
                {
                    each.id: (each.freelancer, each.status, each.order, each.order_status)
                    for each in request.offers.values()
                },
            )
            for request in self.requests.values()
        }
