"""Admins offer a request to freelancers: several at once, each with an answer of its own (docs/domain.md, Requests)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.admins import note_act
from gigflow.accounts.models import Viewer
from gigflow.chat import pairs
from gigflow.chat.models import pair_of
from gigflow.core.clock import end_of_day
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Invalid
from gigflow.core.ids import new_id
from gigflow.core.rules import Rules
from gigflow.jobs.actions import check_dates
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.offers import ending, store
from gigflow.offers.events import OFFER_RECEIVED
from gigflow.offers.models import ASKED_MAX, Assignment, Offer, reminder
from gigflow.record import actions as record
from gigflow.record.models import Subject
from gigflow.requests import outcomes
from gigflow.requests.actions import about as about_request
from gigflow.requests.actions import check_not_too_far, request_queues
from gigflow.requests.deciding import SENT, request_to_decide, standing, too_late
from gigflow.requests.events import REQUEST_ASSIGNED
from gigflow.requests.models import Request

SHOWN_MAX = 200  # offers of one request, the newest ones, that an admin reads


class Refused(msgspec.Struct, frozen=True):
    """A freelancer who got no offer, and why: a code for programs and a sentence for people."""

    user_id: ObjectId
    code: str
    message: str


class Assigned(msgspec.Struct, frozen=True):
    """What became of it: the request, the offers that were sent, and who got none."""

    request: Request
    offers: list[Offer]
    refused: list[Refused]


class NobodyAsked(Conflict):
    """None of the freelancers could be sent an offer."""

    code = "nobody_asked"

    def __init__(self, refused: Sequence[Refused]) -> None:
        said = {str(each.user_id): [each.message] for each in refused}
        super().__init__("No offer was sent: see why for each freelancer.", fields=said)
        self.refused = refused


def assign_request(
    db: Db,
    admin: Viewer,
    request_id: ObjectId,
    freelancer_ids: Sequence[ObjectId],
    what: Assignment,
    *,
    version: int | None,
    rules: Rules,
    now: datetime,
) -> Assigned:
    """Send these freelancers an offer for a request, in one transaction; those who cannot get one are named, each with
    the reason. The first to accept gets it.

    Raises Forbidden, NotFound, Invalid at its field, NobodyAsked, and Conflict if the request is not the `version` that
    was seen, is in no state for it, or its client's account is closed.
    """
    request = request_to_decide(db, admin, request_id)
    distinct = sorted(set(freelancer_ids))

    def work(tx: Tx) -> Assigned:
        guarded = outcomes.assign(tx, request.id, version, now)
        if guarded is None:
            raise too_late(tx, admin, request_to_decide(tx, admin, request.id), version)
        offered = _offered(tx, guarded, what, rules, admin, now)
        gone = accounts.engage(tx, request.client_id, *distinct)
        if request.client_id in gone:
            raise accounts.shut_out()
        out = _still_out(tx, request.id, now)
        refused = _refused(tx, admin, guarded, distinct, gone, out)
        left_out = {each.user_id for each in refused}
        asked = [each for each in distinct if each not in left_out]
        if not asked:
            raise NobodyAsked(refused)
        if len(out) + len(asked) > ASKED_MAX:
            text = f"At most {ASKED_MAX} freelancers can have an open offer for a request."
            raise Invalid({"freelancer_ids": [text]})
        made = [
            msgspec.structs.replace(
                offered,
                id=(offer_id := new_id()),
                negotiation_id=offer_id,
                pair=pair_of(admin.user_id, each),
                to_id=each,
                freelancer_id=each,
            )
            for each in asked
        ]
        store.insert_offers(tx, made)
        assigned = outcomes.set_offers(tx, request.id, len(out) + len(made), offered.expires_at)
        _note(tx, admin, request, assigned, made, what.note, now)
        _tell(tx, assigned, made, rules, now)
        return Assigned(assigned, made, refused)

    with request_queues.turn(request.id):
        return db.transact(work)


def offers_of(db: Db, request: Request) -> list[Offer]:
    """Return the newest offers of a request, for admins who may read it."""
    return store.find_of_request(db, request.id, SHOWN_MAX)


def _offered(tx: Tx, request: Request, what: Assignment, rules: Rules, admin: Viewer, now: datetime) -> Offer:
    """Return the offer, for nobody yet. Raises Invalid at `price` or `due_on`."""
    price = request.budget_minor if what.price_minor is None else what.price_minor
    if price > request.budget_minor:
        budget = rules.currency.format(request.budget_minor)
        raise Invalid({"price": [f"The client agrees to {budget} at most."]})
    due_on = what.due_on or request.due_on
    if what.due_on:
        check_not_too_far(what.due_on, now)
        check_dates({"start_on": request.start_on, "due_on": due_on}, now, ("due_on",))
    client = accounts.get_user(tx, request.client_id)
    due_at = end_of_day(due_on, client.time_zone if client else "") if due_on else None
    if due_at and due_at <= now:
        raise Invalid({"due_on": ["This day is over. Name another one."]})
    until = now + timedelta(hours=what.expires_hours)
    expires_at, nobody = min(until, due_at) if due_at else until, admin.user_id
    return Offer(
        id=request.id,
        kind="request",
        request_id=request.id,
        batch=new_id(),
        budget_minor=request.budget_minor,
        negotiation_id=request.id,
        pair="",
        sender_id=admin.user_id,
        to_id=nobody,
        client_id=request.client_id,
        freelancer_id=nobody,
        title=request.title,
        description=request.description,
        price_minor=price,
        category=request.category,
        delivery_days=None,
        due_on=due_on,
        due_at=due_at,
        note=what.note,
        file_ids=request.file_ids,
        fee_basis_points=rules.fee_basis_points,
        expires_at=expires_at,
        remind_at=reminder(expires_at, now),
        created_at=now,
    )


def _still_out(tx: Tx, request_id: ObjectId, now: datetime) -> set[ObjectId]:
    """Return who has an open offer for a request; what has expired and was not noted ends here."""
    out = set()
    for offer in store.find_sent_of_request(tx, request_id):
        if offer.is_open(now):
            out.add(offer.to_id)
        else:
            ending.expire_offer(tx, offer, now)
    return out


def _refused(
    tx: Tx,
    admin: Viewer,
    request: Request,
    ids: Sequence[ObjectId],
    gone: set[ObjectId],
    out: set[ObjectId],
) -> list[Refused]:
    known = accounts.people(tx, list(ids))
    blocked = pairs.blocked_among(tx, request.client_id, ids)
    unknown = {each for each in ids if each not in known}
    reasons = (
        ({admin.user_id}, "own_offer", "You cannot send yourself an offer."),
        ({request.client_id}, "is_client", "This is the client of the request."),
        (unknown, "user_not_found", "There is no such person."),
        (gone, "person_shut_out", "This account is closed."),
        (out, "already_offered", "This person has an open offer for this request."),
        (blocked, "blocked", "One of this person and the client has blocked the other."),
    )
    found: dict[ObjectId, Refused] = {}
    for those, code, text in reversed(reasons):
        found.update((each, Refused(each, code, text)) for each in ids if each in those)
    return list(found.values())


def _note(
    tx: Tx, admin: Viewer, before: Request, after: Request, made: list[Offer], why: str, now: datetime
) -> None:
    """Write into the record that a request was assigned, and each of its offers."""
    note_act(
        tx,
        admin,
        SENT,
        Subject("request", after.id),
        now,
        whose=after.client_id,
        why=why,
        before=standing(before),
        after={**standing(after), "open_offers": after.open_offers},
        batch=made[0].batch,
    )
    for offer in made:
        record.note(
            tx,
            SENT,
            now,
            by=admin.user_id,
            user_id=offer.to_id,
            device=admin.device_id,
            subject=Subject("offer", offer.id),
            why=why,
            after={"status": offer.status, "price_minor": offer.price_minor},
            batch=offer.batch,
        )


def _tell(tx: Tx, request: Request, made: list[Offer], rules: Rules, now: datetime) -> None:
    """Tell those who got an offer, and the client how many have been asked; admins need not look any longer."""
    notifications.end_news(tx, "request", "assign", request.path, now)
    price = {"price": rules.currency.format(made[0].price_minor)}
    facts = [(each.to_id, each.id, About(url=each.path, gig_title=each.title)) for each in made]
    text = "GigFlow offers you {title} for {price}."
    notifications.tell_each(tx, OFFER_RECEIVED, facts, text, now, slots=price)
    text = (
        "{count} freelancers have been asked about {title}."
        if len(made) > 1
        else "A freelancer has been asked about {title}."
    )
    about, count = about_request(request), {"count": str(len(made))}
    notifications.tell(tx, REQUEST_ASSIGNED, request.client_id, text, now, about=about, slots=count)
