"""The market of `make demo`: people, jobs, bids, hires and services of the last 60 days, the same at every fill.

Everything happens through the features' own actions and in the order of its time, so that ids, counts and
notifications are what real people would have left behind. The words are in demo.toml, which demo_script.py reads, and
demo_pictures.py draws.
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Intent, Viewer
from gigflow.accounts.store import USERS
from gigflow.bids.models import BidTerms
from gigflow.config import Settings
from gigflow.core import clock
from gigflow.core.db import Db
from gigflow.core.money import Currency
from gigflow.demo_gigs import Market, OfferedService, PostedJob
from gigflow.demo_pictures import portrait, scene
from gigflow.demo_script import Client, Freelancer, JobText, Person, Script, read_script, split
from gigflow.gigs.store import GIGS
from gigflow.notifications import actions as notifications
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.preflight import Fault
from gigflow.profiles import actions as profiles

PASSWORD = "open-market"  # noqa: S105 - known to everybody, so an installation behind https refuses the demo
SEED = 20
DAYS = 60
ASSIGNED = 40
CLOSED = 10
WITHDRAWN_SHARE = 0.04
BIDS_PER_JOB = (0, 1, 2, 3, 3, 4, 4, 5, 6)
UNANSWERED = timedelta(hours=6)  # a question that waits was asked after the last visit of who is to answer it

# What happens at a moment; it is given that moment, as actions are given `now`.
Step = Callable[[datetime], object]
Moment = tuple[datetime, Step]


def fill(db: Db, settings: Settings) -> list[str]:
    """Fill an empty database with the market, unless it was filled before; return what to tell the person at the
    terminal: the accounts to try and their password.

    Raises Fault behind https, since everybody knows the password, and where the database holds something else.
    """
    if settings.https:
        raise Fault(
            f"The demo's people have a known password, so it does not run at {settings.public_url}: unset PUBLIC_URL."
        )
    script = read_script()
    if db[USERS].find_one() is None:
        _Past(db, Currency(settings.currency), script).live_through(clock.now())
    elif not _is_filled(db, script):
        raise Fault(
            "The demo needs an empty database, and this one holds something else or half a demo:"
            f" remove '{settings.var_dir}', or name another MONGO_DB."
        )
    client, freelancer = script.clients[0], script.freelancers[0]
    people = len(script.clients) + len(script.freelancers)
    return [
        f"The demo market is filled: {people} people, who all have the password {PASSWORD}",
        f"  {_address(client)} is {client.name}, whose job waits for a decision between several bids",
        f"  {_address(freelancer)} is {freelancer.name}, a freelancer who was hired a few hours ago",
    ]


def _address(someone: Person) -> str:
    return f"{someone.email}@example.org"


def _is_filled(db: Db, script: Script) -> bool:
    """Whether the market stands here complete. Its people may have changed what is theirs since, but a job that was
    given away keeps its title, and gigs never become fewer.
    """
    jobs = sum(len(client.jobs) for client in script.clients) + 2
    services = sum(len(freelancer.services) for freelancer in script.freelancers)
    return (
        db[GIGS].find_one({"title": script.hired.title}) is not None
        and db[GIGS].estimated_document_count() >= jobs + services
    )


class _Past:
    """Plans what happened in the market and lets it happen in the order of time."""

    def __init__(self, db: Db, currency: Currency, script: Script) -> None:
        self.db = db
        self.market = Market(db, currency, {})
        self.script = script
        self.random = random.Random(SEED)  # noqa: S311 - it must be the same at every fill

    def live_through(self, now: datetime) -> None:
        """Sixty days up to `now`."""
        self._register_all(now - timedelta(days=DAYS + 7))
        moments = [
            *self._ordinary_jobs(now),
            *self._jobs_to_try(now),
            *self._visits(now),
            *self._services(now),
        ]
        for at, step in sorted(moments, key=lambda moment: moment[0]):
            step(at)
        # Letters of those days were read long ago.
        self.db[NOTIFICATIONS].update_many({}, {"$set": {"mail_at": None}})

    def _register_all(self, start: datetime) -> None:
        """Sign everybody up in a random order within the first week. Passwords and pictures take the time, so several
        at once.
        """
        intents: list[tuple[Person, Intent]] = [
            *((client, "client") for client in self.script.clients),
            *((freelancer, "freelancer") for freelancer in self.script.freelancers),
        ]
        self.random.shuffle(intents)
        step = timedelta(days=7) / len(intents)
        # All tell of themselves at one moment: a sweep at a later one would take the pictures of those beside it.
        known_at = _in_milliseconds(start + timedelta(days=7))

        def register(number: int) -> Viewer:
            someone, intent = intents[number]
            user = accounts.register(
                self.db,
                name=someone.name,
                email=_address(someone),
                password=PASSWORD,
                intent=intent,
                time_zone=someone.time_zone,
                now=_in_milliseconds(start + number * step),
            )
            viewer = Viewer(user_id=user.id, device_id=ObjectId(), name=user.name)
            self._introduce(viewer, someone, known_at)
            return viewer

        with ThreadPoolExecutor(4) as pool:
            for viewer in pool.map(register, range(len(intents))):
                self.market.people[viewer.name] = viewer

    def _introduce(self, viewer: Viewer, someone: Person, now: datetime) -> None:
        """Let somebody tell of themselves what they want to."""
        accounts.change_user(
            self.db,
            viewer,
            {
                "headline": someone.headline,
                "bio": someone.bio,
                "skills": split(someone.skills),
                "availability": someone.availability,
            },
        )
        if someone.look:
            profiles.set_picture(self.db, viewer, portrait(someone.name, someone.look), now)
        for piece in someone.pieces:
            values = {"title": piece.title, "url": piece.link, "text": piece.text}
            picture = scene(piece.title, piece.motif) if piece.motif else None
            profiles.add_piece(self.db, viewer, values, picture, now)

    def _ordinary_jobs(self, now: datetime) -> Iterator[Moment]:
        jobs = [(client, job) for client in self.script.clients for job in client.jobs]
        self.random.shuffle(jobs)
        start = now - timedelta(days=DAYS)
        span = timedelta(days=DAYS) - timedelta(minutes=20)
        posted = sorted(_in_milliseconds(start + self.random.random() * span) for _ in jobs)
        old = [number for number, at in enumerate(posted) if at < now - timedelta(days=8)]
        ended = self.random.sample(old, ASSIGNED + CLOSED)
        assigned, closed = set(ended[:ASSIGNED]), set(ended[ASSIGNED:])
        for number, ((client, text), at) in enumerate(zip(jobs, posted, strict=True)):
            job = PostedJob(self.market, self.market.people[client.name], text)
            count = self.random.choice(BIDS_PER_JOB)
            bidders = self._bidders(text.category, max(count, 2) if number in assigned else count)
            yield at, job.post
            last = at
            for bidder, terms in self._offers(client, text, bidders):
                bid_at = _in_milliseconds(at + timedelta(hours=0.3 + self.random.expovariate(1 / 24)))
                if number in assigned or number in closed:
                    bid_at = min(bid_at, at + timedelta(days=4))
                if bid_at >= now:
                    continue
                last = max(last, bid_at)
                yield bid_at, partial(job.bid, bidder, terms)
                withdrawn_at = bid_at + timedelta(hours=1)
                if self.random.random() < WITHDRAWN_SHARE and number not in assigned and withdrawn_at < now:
                    last = max(last, withdrawn_at)
                    yield withdrawn_at, partial(job.withdraw, bidder)
            decided_at = _in_milliseconds(last + timedelta(hours=6 + 60 * self.random.random()))
            if number in assigned:
                yield decided_at, partial(job.hire, self.random.choice(bidders))
            elif number in closed:
                yield decided_at, job.close

    def _jobs_to_try(self, now: datetime) -> Iterator[Moment]:
        """The two jobs that the accounts of the terminal's lines are about."""
        client, hired = self.script.clients[0], self.script.freelancers[0]
        owner = self.market.people[client.name]
        plans: list[tuple[JobText, float, Freelancer | None]] = [
            (self.script.hired, 70, hired),
            (self.script.undecided, 26, None),
        ]
        for text, hours_ago, winner in plans:
            job = PostedJob(self.market, owner, text)
            at = now - timedelta(hours=hours_ago)
            yield at, job.post
            bidders = [each for each in self.script.freelancers if text.category in each.categories]
            for bidder, terms in self._offers(client, text, bidders):
                at += timedelta(hours=2 + 2 * self.random.random())
                yield _in_milliseconds(at), partial(job.bid, bidder, terms)
            if winner:
                yield now - timedelta(hours=4), partial(job.hire, winner)

    def _visits(self, now: datetime) -> Iterator[Moment]:
        """Each person was last here in the past three days and has read everything up to then."""
        to_try = {self.script.clients[0].name, self.script.freelancers[0].name}
        for name, viewer in self.market.people.items():
            hours_ago = 10.0 if name in to_try else 72 * self.random.random()
            at = _in_milliseconds(now - timedelta(hours=hours_ago))
            yield at, partial(notifications.mark_read, self.db, viewer, None)

    def _services(self, now: datetime) -> Iterator[Moment]:
        """What freelancers offer, what others ask about it, and that people look at it."""
        for freelancer in self.script.freelancers:
            for text in freelancer.services:
                service = OfferedService(self.market, self.market.people[freelancer.name], text)
                age = timedelta(days=text.days_ago - 0.7 * self.random.random())
                yield _in_milliseconds(now - age), service.offer
                for question in text.questions:
                    ago = age * self.random.uniform(0.3, 0.9) if question.answer else UNANSWERED
                    yield _in_milliseconds(now - ago), partial(service.be_asked, question)
                    if question.answer:
                        wait = min(timedelta(hours=self.random.uniform(1, 20)), ago / 2)
                        yield _in_milliseconds(now - ago + wait), partial(service.answer, question)
                if text.state == "paused":
                    yield _in_milliseconds(now - age / 10), service.pause
                elif text.state == "live":
                    looks = round(text.days_ago * self.random.uniform(0.8, 3))
                    yield now, partial(service.be_looked_at, looks)

    def _bidders(self, category: str, count: int) -> list[Freelancer]:
        able = [each for each in self.script.freelancers if category in each.categories]
        return self.random.sample(able, min(count, len(able)))

    def _offers(
        self, client: Client, job: JobText, bidders: list[Freelancer]
    ) -> Iterator[tuple[Freelancer, BidTerms]]:
        """What each bidder offers; no two of them go about it in the same words."""
        approaches = self.script.words.approaches[job.category]
        ways = cycle(self.random.sample(approaches, len(approaches)))
        closings = cycle(self.random.sample(self.script.words.closings, len(bidders) or 1))
        for bidder in bidders:
            days = round(job.days * (0.6 + 0.6 * self.random.random()))
            terms = BidTerms(
                message=self._message(client, bidder, next(ways), next(closings)),
                price_minor=self.market.minor(
                    _sensible(job.budget * bidder.rate * self.random.uniform(0.8, 1.15))
                ),
                delivery_days=days if days and self.random.random() < 0.8 else None,
            )
            yield bidder, terms

    def _message(self, client: Client, bidder: Freelancer, approach: str, closing: str) -> str:
        words = self.script.words
        if self.random.random() < 0.1:
            return self.random.choice(words.short)
        greeting = self.random.choice(words.greetings).format(client=client.name.split()[0])
        says = " ".join(self.random.sample(bidder.says, self.random.choice((1, 1, 2))))
        form = self.random.choice(("letter", "letter", "paragraph", "brief"))
        if form == "brief":
            return f"{says} {approach}"
        if form == "paragraph":
            return f"{greeting}\n{says} {approach} {closing}"
        return f"{greeting}\n\n{says} {approach}\n\n{closing}\n\n{bidder.name.split()[0]}"


def _sensible(price: float) -> int:
    """A price as people name it: in steps of 5, 10 or 50."""
    step = 5 if price < 200 else 10 if price < 1000 else 50
    return max(step, round(price / step) * step)


def _in_milliseconds(moment: datetime) -> datetime:
    """A moment as MongoDB keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
