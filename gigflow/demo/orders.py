"""The orders of the demo: how one comes about, and what its two sides do with it.

Money goes through the sandbox as it always does, but for its webhook: what it has to tell is asked for at once.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO

from gigflow.accounts.models import Viewer
from gigflow.demo.gigs import Market
from gigflow.demo.script import ReviewText
from gigflow.demo.work import work_on
from gigflow.files import actions as files
from gigflow.orders import actions as orders
from gigflow.orders import cancelling, delivering, disputes
from gigflow.orders.models import Order, Side, other
from gigflow.payments import actions as payments
from gigflow.payments import calling, payouts
from gigflow.reviews import actions as reviews
from gigflow.reviews.models import Review
from gigflow.sandbox import actions as sandbox

CARD = "4242424242424242"


class MadeOrder:
    """One order as it comes about by `agree`, and what its two sides do with it."""

    def __init__(
        self,
        market: Market,
        client: Viewer,
        freelancer: Viewer,
        category: str,
        agree: Callable[[datetime], Order],
    ) -> None:
        self._market = market
        self._db = market.db
        self._sides: dict[Side, Viewer] = {"client": client, "freelancer": freelancer}
        self._category = category
        self._agree = agree
        self._made: Order | None = None
        self._reviews: list[tuple[Side, Review, str]] = []

    def agree(self, now: datetime) -> None:
        """Let the client hire or buy."""
        self._made = self._agree(now)

    def pay(self, now: datetime) -> None:
        """Let the client pay with a test card."""
        market = self._market
        payment = payments.checkout(
            self._db,
            market.gateway,
            orders.payable(self._order),
            rules=market.rules,
            base_url=market.base_url,
            now=now,
        )
        assert payment.session_id is not None
        sandbox.pay(self._db, payment.session_id, CARD, now)
        payments.look(self._db, market.gateway, payment, now)

    def deliver(self, words: Iterator[str], version: int, now: datetime) -> None:
        """Let the freelancer hand in some files with the next of these messages."""
        sent = [
            files.store_file(self._db, self._sides["freelancer"], BytesIO(content), name, now).id
            for name, content in work_on(self._order.terms.title, self._category, version)
        ]
        delivering.deliver(self._db, self._sides["freelancer"], self._order.id, next(words), sent, now)

    def ask_for_changes(self, words: Iterator[str], now: datetime) -> None:
        """Let the client ask for changes with the next of these messages."""
        delivering.ask_for_changes(self._db, self._sides["client"], self._order.id, next(words), now)

    def accept(self, now: datetime) -> None:
        """Let the client accept."""
        delivering.accept(self._db, self._sides["client"], self._order.id, now)

    def cancel(self, reason: str, now: datetime) -> None:
        """Let the freelancer ask to cancel."""
        cancelling.cancel(self._db, self._sides["freelancer"], self._order.id, reason, now)

    def agree_to_cancel(self, now: datetime) -> None:
        """Let the client agree to cancel: the money goes back at once."""
        cancelling.answer(self._db, self._sides["client"], self._order.id, agree=True, now=now)
        self._give_back(now)

    def dispute(self, reason: str, now: datetime) -> None:
        """Let the client dispute it."""
        disputes.dispute(self._db, self._sides["client"], self._order.id, reason, now)

    def name_number(self, side: Side, percent: int, now: datetime) -> None:
        """Let a side name this part of the price; what goes back after a settlement goes back at once."""
        amount = self._order.price_minor * percent // 100
        if disputes.name_number(self._db, self._sides[side], self._order.id, amount, now).ended_at:
            self._give_back(now)

    def be_reviewed(self, by: Side, words: Iterator[ReviewText], now: datetime) -> None:
        """Let a side review the other with the next of these texts."""
        said = next(words)
        review = reviews.write_review(
            self._db, self._sides[by], self._order.id, rating=said.stars, text=said.text, now=now
        )
        self._reviews.append((by, review, said.reply))

    def answer_reviews(self, now: datetime) -> None:
        """Let those who have something to say answer, once both sides have written."""
        for by, review, reply in self._reviews:
            if reply:
                reviews.reply(self._db, self._sides[other(by)], review.id, reply, now)

    def _give_back(self, now: datetime) -> None:
        calling.make_due(self._db, self._market.gateway, self._market.base_url, now)

    @property
    def _order(self) -> Order:
        assert self._made is not None  # it is agreed before anything else happens to it
        return self._made


def take_out(market: Market, freelancer: Viewer, now: datetime) -> None:
    """Let somebody have their balance sent to their bank, unless it is less than ten units."""
    balance = payouts.balance_of(market.db, freelancer).amount_minor
    amount = balance - balance % market.minor(10)
    if amount:
        payouts.request_payout(
            market.db,
            market.gateway,
            freelancer,
            amount_minor=amount,
            key=None,
            rules=market.rules,
            base_url=market.base_url,
            now=now,
        )
        calling.make_due(market.db, market.gateway, market.base_url, now)
