"""The jobs and services of the demo: how one comes about, and what its owner and others do with it.

Everything happens through the features' own actions, at a moment that is given as `now`.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.bids import actions as bids
from gigflow.bids import choosing, deciding
from gigflow.bids.models import Bid, BidTerms
from gigflow.core.briefs import GivenAnswer, GivenBrief, Question
from gigflow.core.db import Db
from gigflow.core.rules import Rules
from gigflow.demo.pictures import SMALL_PIXELS, scene
from gigflow.demo.script import Freelancer, JobText, QuestionText, ServiceText, split
from gigflow.gigs.models import Job, JobTerms, Service, ServiceTerms
from gigflow.jobs import actions as jobs
from gigflow.orders.models import Order, Seen
from gigflow.questions import actions as questions
from gigflow.sandbox.gateway import SandboxGateway
from gigflow.services import actions as services
from gigflow.services.buying import buy_service

# What happens at a moment; it is given that moment, as actions are given `now`.
Step = Callable[[datetime], object]
Moment = tuple[datetime, Step]


class Market(msgspec.Struct):
    """Where it all happens, with the people by name."""

    db: Db
    rules: Rules
    gateway: SandboxGateway
    base_url: str
    people: dict[str, Viewer] = {}

    def minor(self, units: int) -> int:
        """Return minor units of an amount in whole units of the currency."""
        return self.rules.currency.parse(str(units))


def in_milliseconds(moment: datetime) -> datetime:
    """Return a moment as MongoDB keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def sensible(price: float) -> int:
    """Return a price as people name it: in steps of 5, 10 or 50."""
    step = 5 if price < 200 else 10 if price < 1000 else 50
    return max(step, round(price / step) * step)


class PostedJob:
    """One job as it comes about, and what its owner and the bidders do with it."""

    def __init__(self, market: Market, owner: Viewer, text: JobText) -> None:
        self._market = market
        self._db = market.db
        self._owner = owner
        self._text = text
        self._gig: Job | None = None
        self._bids: dict[str, Bid] = {}

    def post(self, now: datetime) -> None:
        """Put it on the market."""
        text = self._text
        terms = JobTerms(
            title=text.title,
            description=text.text,
            price_minor=self._market.minor(text.budget),
            category=text.category,
            skills=split(text.skills),
            delivery_days=text.days or None,
        )
        self._gig = jobs.post_job(self._db, self._owner, terms, now)

    def bid(self, bidder: Freelancer, terms: BidTerms, now: datetime) -> None:
        """Let somebody bid on it."""
        viewer = self._market.people[bidder.name]
        self._bids[bidder.name] = bids.place_bid(self._db, viewer, self._posted.id, terms, now).bid

    def withdraw(self, bidder: Freelancer, now: datetime) -> None:
        """Let somebody withdraw their bid."""
        bids.withdraw_bid(self._db, self._market.people[bidder.name], self._bids[bidder.name].id, now)

    def hire(self, bidder: Freelancer, now: datetime) -> Order:
        """Let its owner hire one of the bidders."""
        hire = bids.hire_freelancer(
            self._db,
            self._owner,
            self._bids[bidder.name].id,
            seen=Seen(),
            key=None,
            rules=self._market.rules,
            now=now,
        )
        return hire.order

    def be_chosen_from(
        self, bidders: Sequence[Freelancer], reason: str, last: datetime
    ) -> Iterator[tuple[datetime, Step]]:
        """Yield how its owner begins to choose after the last bid: two bids are starred, and the second is declined
        with these words.
        """
        for minutes, bidder in enumerate((bidders[0], bidders[-1]), 10):
            yield last + timedelta(minutes=minutes), partial(self._star, bidder)
        yield last + timedelta(minutes=20), partial(self._decline, bidders[1], reason)

    def _star(self, bidder: Freelancer, now: datetime) -> None:
        choosing.set_star(self._db, self._owner, self._bids[bidder.name].id, now, on=True)

    def _decline(self, bidder: Freelancer, reason: str, now: datetime) -> None:
        deciding.decline_bid(self._db, self._owner, self._bids[bidder.name].id, reason, now)

    def close(self, now: datetime) -> None:
        """Let its owner close it."""
        jobs.close_job(self._db, self._owner, self._posted.id, now)

    @property
    def _posted(self) -> Job:
        assert self._gig is not None  # it is posted before anything else happens to it
        return self._gig


class OfferedService:
    """One service as it comes about, and what its owner and others do with it."""

    def __init__(self, market: Market, owner: Viewer, text: ServiceText) -> None:
        self._market = market
        self._db = market.db
        self._owner = owner
        self._text = text
        self._service: Service | None = None
        self._asked: dict[str, ObjectId] = {}
        self._needs = cycle(text.needs)

    def offer(self, now: datetime) -> None:
        """Put it on the market with its pictures, or leave it a draft."""
        text = self._text
        terms = ServiceTerms(
            title=text.title,
            description=text.text,
            price_minor=self._market.minor(text.price),
            category=text.category,
            skills=split(text.skills),
            delivery_days=text.days,
            revisions=text.revisions,
            questions=[
                Question(
                    id=f"q{number}",
                    text=each.text,
                    kind="choice" if each.choices else "text",
                    choices=each.choices,
                    required=each.required,
                )
                for number, each in enumerate(text.asked, 1)
            ],
        )
        is_draft = text.state == "draft"
        self._service = services.create_service(
            self._db, self._owner, terms, draft=is_draft, rules=self._market.rules, now=now
        )
        for image in text.images:
            drawn = scene(image.alt, image.motif, SMALL_PIXELS)
            services.add_image(
                self._db, self._owner, self._offered.id, drawn, image.alt, rules=self._market.rules, now=now
            )

    def be_asked(self, question: QuestionText, now: datetime) -> None:
        """Let somebody ask about it."""
        asker = self._market.people[question.asker]
        self._asked[question.text] = questions.ask(self._db, asker, self._offered.id, question.text, now).id

    def answer(self, question: QuestionText, now: datetime) -> None:
        """Let its owner answer what was asked."""
        questions.answer(self._db, self._owner, self._asked[question.text], question.answer, now)

    def be_bought(self, buyer: Viewer, now: datetime) -> Order:
        """Let somebody buy it, and say what they need."""
        words, *answers = next(self._needs, [""])
        given = GivenBrief(
            text=words,
            answers=[GivenAnswer(question_id=f"q{n}", text=text) for n, text in enumerate(answers, 1)],
        )
        return buy_service(
            self._db,
            buyer,
            self._offered.id,
            seen=Seen(),
            rules=self._market.rules,
            gateway=self._market.gateway,
            given=given,
            now=now,
        )

    def pause(self, now: datetime) -> None:
        """Let its owner pause it."""
        services.pause(self._db, self._owner, self._offered.id, now)

    def be_looked_at(self, times: int, now: datetime) -> None:
        """Let visitors look at it this many times."""
        for number in range(times):
            services.look_at(self._db, self._offered, None, f"{now.isoformat()} {number}", now)

    @property
    def _offered(self) -> Service:
        assert self._service is not None  # it is offered before anything else happens to it
        return self._service
