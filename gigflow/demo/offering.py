"""The offers of the demo: two people talk about a price, and some of it waits for the person who tries GigFlow."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from gigflow.accounts.models import Viewer
from gigflow.demo.gigs import Market, Moment, in_milliseconds
from gigflow.demo.script import OfferText, Script
from gigflow.offers import actions as offers
from gigflow.offers import sending
from gigflow.offers.models import Offer, OfferTerms
from gigflow.offers.sending import Limits, Sending


def offered(market: Market, script: Script, now: datetime) -> Iterator[Moment]:
    """Yield each offer, and what became of it: it was declined, withdrawn, or answered with another price."""
    for text in script.offers:
        made = Made(market, text)
        yield in_milliseconds(now - timedelta(hours=text.hours_ago)), made.send
        if text.ended_hours_ago:
            yield in_milliseconds(now - timedelta(hours=text.ended_hours_ago)), made.end


class Made:
    """One offer as it goes on."""

    def __init__(self, market: Market, text: OfferText) -> None:
        self._market = market
        self._text = text
        self._offer: Offer | None = None

    def send(self, now: datetime) -> None:
        """Send it."""
        text, market = self._text, self._market
        self._offer = sending.send_offer(
            market.db,
            self._sender,
            self._receiver.user_id,
            text.side,
            self._terms(text.price, text.note),
            Sending(expires_days=text.expires_days),
            rules=market.rules,
            limits=Limits(),
            now=now,
        )

    def end(self, now: datetime) -> None:
        """Let it be what the script says became of it."""
        assert self._offer is not None  # it was sent before
        db, offer_id, text = self._market.db, self._offer.id, self._text
        act = {
            "declined": partial(offers.decline_offer, db, self._receiver, offer_id, text.answer, None, now),
            "withdrawn": partial(offers.withdraw_offer, db, self._sender, offer_id, now),
            "countered": partial(
                sending.counter_offer,
                db,
                self._receiver,
                offer_id,
                self._terms(text.counter_price, text.answer),
                Sending(),
                rules=self._market.rules,
                now=now,
            ),
        }[text.becomes]
        act()

    @property
    def _sender(self) -> Viewer:
        return self._market.people[self._text.sender]

    @property
    def _receiver(self) -> Viewer:
        return self._market.people[self._text.receiver]

    def _terms(self, price: int, note: str) -> OfferTerms:
        text = self._text
        return OfferTerms(
            title=text.title,
            description=text.description,
            price_minor=self._market.minor(price),
            category=text.category,
            delivery_days=text.days,
            revisions=text.revisions,
            note=note,
        )
