"""The requests of the demo: an admin asks freelancers about them, and some wait for the person who tries GigFlow."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from gigflow.accounts import actions as accounts
from gigflow.accounts.admins import make_admin
from gigflow.accounts.models import Viewer
from gigflow.core.ids import new_id
from gigflow.demo.courses import Courses
from gigflow.demo.gigs import Market, Moment, in_milliseconds
from gigflow.demo.orders import MadeOrder
from gigflow.demo.script import Answering, RequestText, Script, split
from gigflow.offers import actions as offers
from gigflow.offers import assigning, ending
from gigflow.offers.models import Assignment, Offer
from gigflow.orders import cancelling
from gigflow.orders.models import Order, Seen
from gigflow.requests import actions as requests
from gigflow.requests import deciding, outcomes
from gigflow.requests.models import Request, RequestTerms

ADMIN = "root@example.org"


def join_admin(market: Market, name: str, password_hash: str, now: datetime) -> None:
    """Sign up the person who decides for the installation."""
    user = accounts.register(
        market.db,
        name=name,
        email=ADMIN,
        password_hash=password_hash,
        intent="client",
        time_zone="",
        now=in_milliseconds(now),
    )
    make_admin(market.db, ADMIN, now, why="The demo begins.")
    market.people[name] = Viewer(user_id=user.id, device_id=new_id(), name=name, is_admin=True)


def requested(market: Market, script: Script, courses: Courses, now: datetime) -> Iterator[Moment]:
    """Yield each request, whom the admin asked about it, what they answered, and what became of it."""
    admin = market.people[script.admin]
    for text in script.requests:
        made = _Made(market, admin, text)
        yield _ago(now, text.hours_ago), made.send
        if text.back_hours_ago:
            yield _ago(now, text.back_hours_ago), made.send_back
        if text.asked_hours_ago:
            yield _ago(now, text.asked_hours_ago), made.assign
        for answer in text.asked:
            at = _ago(now, answer.hours_ago)
            if answer.becomes == "accepted":
                yield from made.taken_on(courses, answer, at)
            elif answer.becomes:
                yield at, partial(made.answer, answer)
        if text.becomes:
            yield _ago(now, text.ended_hours_ago), made.end


class _Made:
    """One request as it goes on."""

    def __init__(self, market: Market, admin: Viewer, text: RequestText) -> None:
        self._market, self._db, self._admin, self._text = market, market.db, admin, text
        self._client = market.people[text.client]
        self._request: Request | None = None
        self._offers: dict[str, Offer] = {}
        self._order: Order | None = None

    def send(self, now: datetime) -> None:
        """Send it."""
        text, minor = self._text, self._market.minor
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        terms = RequestTerms(
            title=text.title,
            description=text.description,
            budget_minor=minor(text.budget),
            category=text.category,
            skills=split(text.skills),
            due_on=today + timedelta(days=text.due_days) if text.due_days else None,
        )
        self._request = requests.send_request(self._db, self._client, terms, now)

    def send_back(self, now: datetime) -> None:
        """Let the admin send it back with a reason, and a budget that would do if the script has one."""
        text = self._text
        suggested = self._market.minor(text.suggested) if text.suggested else None
        deciding.reject_request(
            self._db,
            self._admin,
            self._sent.id,
            note=text.note,
            suggested_minor=suggested,
            version=None,
            now=now,
        )

    def assign(self, now: datetime) -> None:
        """Let the admin ask the freelancers whom the script names."""
        text, people = self._text, self._market.people
        what = Assignment(
            price_minor=self._market.minor(text.price), expires_hours=text.expires_hours, note=text.note
        )
        ids = [people[each.freelancer].user_id for each in text.asked]
        made = assigning.assign_request(
            self._db, self._admin, self._sent.id, ids, what, version=None, rules=self._market.rules, now=now
        )
        names = {viewer.user_id: name for name, viewer in people.items()}
        self._offers = {names[offer.to_id]: offer for offer in made.offers}

    def answer(self, answer: Answering, now: datetime) -> None:
        """Let a freelancer decline, the admin withdraw, or time pass."""
        offer, freelancer = self._offers[answer.freelancer], self._market.people[answer.freelancer]
        if answer.becomes == "declined":
            wanted = self._market.minor(answer.price) if answer.price else None
            offers.decline_offer(self._db, freelancer, offer.id, answer.words, wanted, now)
        elif answer.becomes == "withdrawn":
            offers.withdraw_offer(self._db, self._admin, offer.id, now, note=answer.words)
        else:
            ending.expire_offers(self._db, now)

    def taken_on(self, courses: Courses, answer: Answering, at: datetime) -> Iterator[Moment]:
        """Yield how a freelancer accepts, and how the order goes."""
        text, freelancer = self._text, self._market.people[answer.freelancer]
        accept = partial(self._accept, answer)
        order = MadeOrder(self._market, self._client, freelancer, text.category, accept)
        if text.order == "done":
            yield from courses.well(order, text.title, at, days=4, revisable=False)
        elif text.order == "paid":
            yield from courses.begun(order, at, None)
        else:
            yield at, order.agree

    def _accept(self, answer: Answering, now: datetime) -> Order:
        accepted = offers.accept_offer(
            self._db,
            self._market.people[answer.freelancer],
            self._offers[answer.freelancer].id,
            seen=Seen(),
            key=None,
            rules=self._market.rules,
            gateway=self._market.gateway,
            now=now,
        )
        self._order = accepted.order
        return accepted.order

    def end(self, now: datetime) -> None:
        """Let it be what the script says became of it."""
        db, client, request_id = self._db, self._client, self._sent.id
        if self._text.becomes == "cancelled":
            requests.cancel_request(db, client, request_id, now)
        elif self._text.becomes == "posted":
            requests.open_up(db, client, request_id, None, now)
        elif self._text.becomes == "taken_back":
            requests.take_back(db, client, request_id, now)
        elif self._text.becomes == "lapsed":
            outcomes.lapse_requests(db, now)
        else:
            assert self._order is not None  # somebody has accepted before
            cancelling.cancel(db, client, self._order.id, "", now)

    @property
    def _sent(self) -> Request:
        assert self._request is not None  # it is sent before anything else happens to it
        return self._request


def _ago(now: datetime, hours: float) -> datetime:
    return in_milliseconds(now - timedelta(hours=hours))
