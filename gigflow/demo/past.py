"""The market of `make demo`: people, jobs, bids, services and orders of the last 60 days, the same at every fill.

Everything happens through the features' own actions and in the order of its time, so that ids, counts, ledger and
notifications are what real people would have left behind. The words are in script.toml, which script.py reads;
pictures.py draws, and courses.py says how orders go.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle

import msgspec

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Intent, Viewer
from gigflow.accounts.passwords import hash_password
from gigflow.accounts.store import USERS
from gigflow.bids.models import BidTerms
from gigflow.chat.due import tell_due
from gigflow.core import clock
from gigflow.core.db import Db
from gigflow.core.ids import new_id
from gigflow.demo.courses import Course, Courses
from gigflow.demo.gigs import Market, Moment, OfferedService, PostedJob, in_milliseconds, sensible
from gigflow.demo.orders import MadeOrder, take_out
from gigflow.demo.pictures import portrait, scene
from gigflow.demo.requesting import ADMIN, join_admin, requested
from gigflow.demo.script import (
    Client,
    Freelancer,
    JobText,
    Person,
    ReviewText,
    Script,
    ServiceText,
    read_script,
)
from gigflow.demo.talks import talks
from gigflow.features import wire
from gigflow.gigs.store import GIGS
from gigflow.notifications import actions as notifications
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.orders import due
from gigflow.profiles import actions as profiles
from gigflow.receipts import numbering
from gigflow.replies import actions as replies
from gigflow.reviews import actions as reviews
from gigflow.sandbox import actions as sandbox
from gigflow.sandbox.gateway import SandboxGateway
from gigflow.server.preflight import Fault
from gigflow.settings.settings import Settings

PASSWORD = "open-market"  # noqa: S105 - known to everybody, so an installation behind https refuses the demo
SEED = 20
DAYS = 60
TOLD_EVERY = 15  # days
ASSIGNED = 40
CLOSED = 10
WITHDRAWN_SHARE = 0.04
BIDS_PER_JOB = (0, 1, 2, 3, 3, 4, 4, 5, 6)
PAID_OUT_SHARE = 0.6
# A question that waits was asked after the last visit of the person who should answer it, and an unpaid order was made
# after the client's last visit.
UNANSWERED = TODAY = timedelta(hours=6)


def fill(db: Db, settings: Settings) -> Iterator[str]:
    """Fill an empty database with the market, unless it was filled before; yield what to tell the person at the
    terminal: what is being done, the accounts to try and their password, and how to begin again.

    Raises Fault behind https, since everybody knows the password; if a provider takes real money, since the past was
    paid in the sandbox; and if the database holds something else.
    """
    if settings.https:
        raise Fault(
            f"The demo's people have a known password, so it does not run at {settings.public_url}: unset PUBLIC_URL."
        )
    if settings.payment_provider == "stripe":
        raise Fault(
            "The demo's orders were paid in the sandbox: unset STRIPE_SECRET_KEY, or set PAYMENTS=sandbox."
        )
    wire()
    script = read_script()
    if db[USERS].find_one() is None:
        market = Market(
            db,
            # No admin was there yet to look at services.
            msgspec.structs.replace(settings.rules, moderates_services=False),
            SandboxGateway(settings.secret_key, db),
            settings.base_url,
        )
        yield f"Filling the demo market with its last {DAYS} days; this takes a minute or two, and only once"
        yield from _Past(market, script).live_through(clock.now())
    elif not _is_filled(db, script):
        raise Fault(
            "The demo needs an empty database, and this one holds something else or half a demo:"
            f" remove '{settings.var_dir}', or name another MONGO_DB."
        )
    client, freelancer = script.clients[0], script.freelancers[0]
    people = len(script.clients) + len(script.freelancers)
    yield f"The demo market is filled: {people} people, who all have the password {PASSWORD}"
    yield f"  {_address(client)} is {client.name}, with bids to choose from, an order to pay and a delivery to accept"
    yield f"  {_address(freelancer)} is {freelancer.name}, a freelancer with work to deliver and a balance to take out"
    yield f"  {ADMIN} is {script.admin}, an admin: requests wait for somebody who asks freelancers (docs/api.md)"
    yield f"  To begin again: stop it, remove '{settings.var_dir}' (or name another MONGO_DB), and start it again"


def _address(someone: Person) -> str:
    return f"{someone.email}@example.org"


def _is_filled(db: Db, script: Script) -> bool:
    """Return whether the market here is complete. Its people may have changed their things since, but a job that was
    given away keeps its title, and gigs never become fewer.
    """
    jobs = sum(len(client.jobs) for client in script.clients) + 3
    services = sum(len(freelancer.services) for freelancer in script.freelancers)
    return (
        db[GIGS].find_one({"title": script.hired.title}) is not None
        and db[GIGS].estimated_document_count() >= jobs + services
    )


class _Past:
    """Plans what happened in the market and lets it happen in the order of time."""

    def __init__(self, market: Market, script: Script) -> None:
        self.db = market.db
        self.market = market
        self.script = script
        self.courses = Courses(script.words.orders)
        self.random = random.Random(SEED)  # noqa: S311 - it must be the same at every fill

    def live_through(self, now: datetime) -> Iterator[str]:
        """Sixty days up to `now`; yields how far it is."""
        yield "  people, with their portraits"
        self._register_all(now - timedelta(days=DAYS + 7))
        moments = [
            *self._ordinary_jobs(now),
            *self._jobs_to_try(now),
            *talks(self.market, self.script, now),
            *requested(self.market, self.script, self.courses, now),
            *self._visits(now),
            *self._services(now),
            *self._payouts(now),
            *self._days(now),
        ]
        left = DAYS
        for at, step in sorted(moments, key=lambda moment: moment[0]):
            if at > now:
                continue
            if (now - at).days <= left - TOLD_EVERY:
                left -= TOLD_EVERY
                yield f"  jobs, bids, services and orders: {DAYS - left} of {DAYS} days"
            step(at)
        for someone in (*self.script.clients, *self.script.freelancers):
            accounts.change_user(self.db, self.market.people[someone.name], someone.time_for_work(now), now)
        tell_due(self.db, now)
        # Letters of those days were read long ago, and the provider's events told.
        self.db[NOTIFICATIONS].update_many({}, {"$set": {"mail_at": None}})
        while event := sandbox.claim(self.db, clock.now()):
            sandbox.note_told(self.db, event, clock.now())

    def _register_all(self, start: datetime) -> None:
        """Sign everybody up in a random order within the first week. Passwords and pictures take long, so several are
        done at once.
        """
        intents: list[tuple[Person, Intent]] = [
            *((client, "client") for client in self.script.clients),
            *((freelancer, "freelancer") for freelancer in self.script.freelancers),
        ]
        self.random.shuffle(intents)
        step = timedelta(days=7) / len(intents)
        # All of them fill in their profiles at one moment: a sweep at a later one would remove the pictures of those
        # who come next.
        known_at = in_milliseconds(start + timedelta(days=7))

        password_hash = hash_password(PASSWORD)

        def register(number: int) -> Viewer:
            someone, intent = intents[number]
            user = accounts.register(
                self.db,
                name=someone.name,
                email=_address(someone),
                password_hash=password_hash,
                intent=intent,
                time_zone=someone.time_zone,
                now=in_milliseconds(start + number * step),
            )
            viewer = Viewer(user_id=user.id, device_id=new_id(), name=user.name)
            self._introduce(viewer, someone, known_at)
            return viewer

        with ThreadPoolExecutor(4) as pool:
            for viewer in pool.map(register, range(len(intents))):
                self.market.people[viewer.name] = viewer
        join_admin(self.market, self.script.admin, password_hash, start)

    def _introduce(self, viewer: Viewer, someone: Person, now: datetime) -> None:
        """Let somebody tell of themselves what they want to; who is unavailable today sold until now."""
        accounts.change_user(self.db, viewer, someone.told(), now)
        if someone.look:
            profiles.set_picture(self.db, viewer, portrait(someone.name, someone.look), now)
        for piece in someone.pieces:
            values = {"title": piece.title, "url": piece.link, "text": piece.text}
            picture = scene(piece.title, piece.motif) if piece.motif else None
            profiles.add_piece(self.db, viewer, values, picture, now)
        for reply in someone.replies:
            replies.save_reply(self.db, viewer, reply.title, reply.text, now)

    def _ordinary_jobs(self, now: datetime) -> Iterator[Moment]:
        jobs = [(client, job) for client in self.script.clients for job in client.jobs]
        self.random.shuffle(jobs)
        start = now - timedelta(days=DAYS)
        span = timedelta(days=DAYS) - timedelta(minutes=20)
        posted = sorted(in_milliseconds(start + self.random.random() * span) for _ in jobs)
        old = [number for number, at in enumerate(posted) if at < now - timedelta(days=8)]
        ended = self.random.sample(old, ASSIGNED + CLOSED)
        assigned, closed = sorted(ended[:ASSIGNED]), set(ended[ASSIGNED:])
        troubles = self._troubles(assigned, now)
        for number, ((client, text), at) in enumerate(zip(jobs, posted, strict=True)):
            job = PostedJob(self.market, self.market.people[client.name], text)
            count = self.random.choice(BIDS_PER_JOB)
            bidders = self._bidders(text.category, max(count, 2) if number in assigned else count)
            yield at, job.post
            last = at
            days: dict[str, int | None] = {}
            for bidder, terms in self._offers(client, text, bidders):
                days[bidder.name] = terms.delivery_days
                bid_at = in_milliseconds(at + timedelta(hours=0.3 + self.random.expovariate(1 / 24)))
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
            decided_at = in_milliseconds(last + timedelta(hours=6 + 60 * self.random.random()))
            if number in assigned:
                winner = self.random.choice(bidders)
                order = self._order_of_job(job, client, winner, text)
                goes = troubles.get(number) or partial(
                    self.courses.well, days=days[winner.name] or text.days or 10
                )
                yield from goes(order, text.title, decided_at)
            elif number in closed:
                yield decided_at, job.close

    def _troubles(self, assigned: list[int], now: datetime) -> dict[int, Course]:
        """Return how the orders of assigned jobs go that do not go well, by the number of the job: the old ones have
        ended, the newest waits for its money.
        """
        return {
            assigned[6]: self.courses.settled,
            assigned[15]: self.courses.cancelled,
            assigned[26]: partial(self.courses.disputed, disputed_at=now - timedelta(hours=20)),
            assigned[-1]: partial(self.courses.unpaid, agreed_at=now - timedelta(hours=30)),
        }

    def _jobs_to_try(self, now: datetime) -> Iterator[Moment]:
        """Yield the jobs of the first client that the terminal's lines are about; one is the first freelancer's."""
        client = self.script.clients[0]
        # Hours ago at which each was posted, given away and delivered.
        plans: list[tuple[JobText, float, float | None, float | None]] = [
            (self.script.hired, 70, 4, None),
            (self.script.delivered, 190, 130, 5),
            (self.script.undecided, 26, None, None),
        ]
        for text, posted, given, delivered in plans:
            job = PostedJob(self.market, self.market.people[client.name], text)
            at = now - timedelta(hours=posted)
            yield at, job.post
            bidders = [each for each in self.script.freelancers if text.category in each.categories]
            for bidder, terms in self._offers(client, text, bidders):
                at += timedelta(hours=2 + 2 * self.random.random())
                yield in_milliseconds(at), partial(job.bid, bidder, terms)
            if not given:
                yield from job.be_chosen_from(bidders, self.script.words.declining, in_milliseconds(at))
            else:
                order = self._order_of_job(job, client, bidders[0], text)
                delivered_at = now - timedelta(hours=delivered) if delivered else None
                yield from self.courses.begun(order, now - timedelta(hours=given), delivered_at)

    def _order_of_job(self, job: PostedJob, client: Client, winner: Freelancer, text: JobText) -> MadeOrder:
        people = self.market.people
        return MadeOrder(
            self.market, people[client.name], people[winner.name], text.category, partial(job.hire, winner)
        )

    def _visits(self, now: datetime) -> Iterator[Moment]:
        """Let each person be here for the last time within the past three days, having read everything up to then."""
        to_try = {self.script.clients[0].name, self.script.freelancers[0].name}
        for name, viewer in self.market.people.items():
            hours_ago = 10.0 if name in to_try else 72 * self.random.random()
            at = in_milliseconds(now - timedelta(hours=hours_ago))
            yield at, partial(notifications.mark_read, self.db, viewer.user_id, None)

    def _services(self, now: datetime) -> Iterator[Moment]:
        """Let freelancers offer services, others ask about them, and people look at them."""
        for freelancer in self.script.freelancers:
            for text in freelancer.services:
                service = OfferedService(self.market, self.market.people[freelancer.name], text)
                age = timedelta(days=text.days_ago - 0.7 * self.random.random())
                yield in_milliseconds(now - age), service.offer
                for question in text.questions:
                    ago = age * self.random.uniform(0.3, 0.9) if question.answer else UNANSWERED
                    yield in_milliseconds(now - ago), partial(service.be_asked, question)
                    if question.answer:
                        wait = min(timedelta(hours=self.random.uniform(1, 20)), ago / 2)
                        yield in_milliseconds(now - ago + wait), partial(service.answer, question)
                yield from self._sales(service, freelancer, text, now)
                if text.state == "paused":
                    yield in_milliseconds(now - age / 10), service.pause
                elif text.state == "live":
                    looks = round(text.days_ago * self.random.uniform(0.3, 1.2))
                    yield now, partial(service.be_looked_at, looks)

    def _sales(
        self, service: OfferedService, owner: Freelancer, text: ServiceText, now: datetime
    ) -> Iterator[Moment]:
        """Let people buy services; what was bought today is not paid yet."""
        for sale in text.sales:
            buyer = self.market.people[sale.buyer]
            order = MadeOrder(
                self.market,
                buyer,
                self.market.people[owner.name],
                text.category,
                partial(service.be_bought, buyer),
            )
            if not sale.days_ago:
                yield in_milliseconds(now - TODAY), order.agree
                continue
            said = ReviewText(sale.stars, sale.text, sale.reply) if sale.stars else None
            at = in_milliseconds(now - timedelta(days=sale.days_ago))
            yield from self.courses.well(
                order, text.title + sale.buyer, at, days=text.days, revisable=text.revisions > 0, said=said
            )

    def _payouts(self, now: datetime) -> Iterator[Moment]:
        """Let most freelancers have their balance sent to them once; some of it came later."""
        for freelancer in self.script.freelancers:
            if self.random.random() < PAID_OUT_SHARE:
                at = in_milliseconds(now - timedelta(days=self.random.uniform(4, 24)))
                yield at, partial(take_out, self.market, self.market.people[freelancer.name])

    def _days(self, now: datetime) -> Iterator[Moment]:
        """Let time do its work once a day: people are reminded, deliveries that nobody looks at are
        accepted, and receipts get their numbers."""
        for ago in range(DAYS, -1, -1):
            at = now - timedelta(days=ago)
            yield at, partial(due.run_due, self.db)
            yield at, partial(reviews.reveal_due, self.db)
            yield at, partial(numbering.give_numbers, self.db)

    def _bidders(self, category: str, count: int) -> list[Freelancer]:
        able = [each for each in self.script.freelancers if category in each.categories]
        return self.random.sample(able, min(count, len(able)))

    def _offers(
        self, client: Client, job: JobText, bidders: list[Freelancer]
    ) -> Iterator[tuple[Freelancer, BidTerms]]:
        """Yield what each bidder offers; no two of them go about it in the same words."""
        approaches = self.script.words.approaches[job.category]
        ways = cycle(self.random.sample(approaches, len(approaches)))
        closings = cycle(self.random.sample(self.script.words.closings, len(bidders) or 1))
        for bidder in bidders:
            days = round(job.days * (0.6 + 0.6 * self.random.random()))
            terms = BidTerms(
                message=self._message(client, bidder, next(ways), next(closings)),
                price_minor=self.market.minor(
                    sensible(job.budget * bidder.rate * self.random.uniform(0.8, 1.15))
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
