"""Buying a service: the second door to an order (docs/domain.md)."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer
from gigflow.core.briefs import ASKED_OTHERWISE, Brief, GivenBrief, brief_of, out_of_place
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, Invalid
from gigflow.core.files import FILE_GONE
from gigflow.core.ids import new_id
from gigflow.core.rules import Rules
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.gigs.hooks import visitor_began
from gigflow.gigs.models import Service, Wanted
from gigflow.orders import actions as orders
from gigflow.orders.briefs import change_brief
from gigflow.orders.models import EndedBy, Order, Seen, Side, Source, Terms
from gigflow.orders.room import check_unpaid
from gigflow.payments.actions import check_payable, payments_off
from gigflow.payments.gateway import Gateway
from gigflow.services import store
from gigflow.services.actions import service_for

# What is refused if there is an order to come back to.
_ORDERED_BEFORE = ("already_ordered", "service_state", "not_available", "too_many_unpaid_orders", FILE_GONE)


def buy_service(
    db: Db,
    viewer: Viewer,
    service_id: ObjectId,
    *,
    seen: Seen,
    rules: Rules,
    gateway: Gateway | None,
    now: datetime,
    given: GivenBrief | None = None,
    brief_version: int | None = None,
    most_unpaid: int | None = None,
) -> Order:
    """Order somebody else's live service, to be paid next, with what was `given` of a brief. A client who has an unpaid
    order for it gets that one again, with its brief, of which what is `given` is replaced.

    Raises NotFound, Forbidden for the own service, and Conflict where there is no `gateway` to pay at, where it is not
    live, its owner is unavailable, its terms, or those of the unpaid order, are not the ones that were `seen`, a file
    is gone, or `most_unpaid` orders wait for this client's payment; also if the unpaid order has another brief and is
    not of `brief_version` (0 if there was none). Raises Invalid at `answers.<id of the question>`.
    """
    service = service_for(db, viewer, service_id)
    check_buyer(service, viewer)
    if gateway is None:
        raise payments_off()
    check_payable(gateway, service.price_minor)
    order_id, only = new_id(), seen.version is not None

    def work(tx: Tx) -> Order:
        # The guard, which conflicts with every edit: what is agreed is what the service says at this moment.
        live = store.count_order(tx, service.id)
        if live is None:
            raise Conflict("This service is not available at the moment.", code="service_state")
        _check_seen(live, seen, given)
        _engage(tx, viewer, live, most_unpaid)
        brief = brief_of(live.questions, given or GivenBrief(), only=only)
        files.adopt(tx, viewer, brief.file_ids, Subject("order", order_id), now)
        return orders.agree(
            tx,
            order_id=order_id,
            source=Source("service", live.id),
            gig_id=live.id,
            client_id=viewer.user_id,
            freelancer_id=live.owner_id,
            terms=_terms(live, brief),
            category=live.category,
            rules=rules,
            now=now,
        )

    try:
        return db.transact(work)
    except (Conflict, Invalid) as error:
        unpaid = _ordered_before(db, viewer, service, seen, error)
        if unpaid is None:
            raise
        if given is None:
            return unpaid
        return change_brief(db, viewer, unpaid.id, given, now, version=brief_version, only=only)


def _ordered_before(
    db: Db, viewer: Viewer, service: Service, seen: Seen, error: Conflict | Invalid
) -> Order | None:
    """Return the unpaid order that a refused purchase leads to, or None. What the purchase leaves out of its brief, or
    names again, may stand in that order. Raises Conflict if that is on other terms than were `seen`.
    """
    if isinstance(error, Conflict) and error.code not in _ORDERED_BEFORE:
        return None
    unpaid = orders.unpaid_order_of(db, viewer, service.id)
    if unpaid is None:
        return None
    _check_same_terms(unpaid, service, seen)
    return unpaid


def _check_seen(service: Service, seen: Seen, given: GivenBrief | None) -> None:
    """Refuse terms that were not seen, and name the answers that the new questions have no place for."""
    try:
        seen.check(service, "service")
    except Conflict as error:
        lost = out_of_place(service.questions, (given and given.answers) or ())
        fields = {f"answers.{each.question_id}": [ASKED_OTHERWISE] for each in lost}
        raise Conflict(error.message, code=error.code, fields=fields) from None


def _check_same_terms(unpaid: Order, service: Service, seen: Seen) -> None:
    """Refuse to lead somebody to an order on other terms than they saw."""
    if seen != Seen() and msgspec.structs.replace(unpaid.terms, brief=None) != _terms(service):
        raise Conflict(
            "You have ordered this on its former terms. Pay for that order, or cancel it first.",
            code="already_ordered",
        )
    seen.check(service, "service")


def _engage(tx: Tx, viewer: Viewer, service: Service, most_unpaid: int | None) -> None:
    """Let the two sides agree. Raises whatever keeps either of them from it."""
    accounts.act(tx, viewer, accounts.COUNTED)
    accounts.engage_both(tx, viewer.user_id, service.owner_id)
    # Read behind the guard that a change of it writes, since the copy in the service follows a little later.
    _check_owner_takes_orders(tx, service)
    check_unpaid(tx, viewer, most_unpaid)


def _check_owner_takes_orders(db: Db, service: Service) -> None:
    owner = accounts.get_user(db, service.owner_id)
    if owner and owner.availability == "unavailable":
        until = owner.availability_until
        when = f"until {until:%-d %B %Y}" if until else "at the moment"
        raise Conflict(
            f"{owner.name} is not taking orders {when}. You can ask a question at the service.",
            code="not_available",
            until=until,
        )


def begin_purchase(
    db: Db, service_id: ObjectId, *, seen: Seen, gateway: Gateway | None, now: datetime
) -> str:
    """Keep what a visitor wants to buy until they have joined, and return where they do. Raises NotFound, and Conflict
    if it cannot be bought on the terms that were `seen`; TooMany.
    """
    service = service_for(db, None, service_id)
    if gateway is None:
        raise payments_off()
    if service.status != "live":
        raise Conflict("This service is not available at the moment.", code="service_state")
    _check_owner_takes_orders(db, service)
    seen.check(service, "service")
    wanted = Wanted(
        service_id=service.id, title=service.title, price_minor=service.price_minor, version=service.version
    )
    return visitor_began(wanted, False, now)


def check_buyer(service: Service, viewer: Viewer) -> None:
    """Raise Forbidden if the service is the viewer's own (invariant 4)."""
    if service.owner_id == viewer.user_id:
        raise Forbidden("You cannot buy your own service.", code="own_gig")


def uncount_order(tx: Tx, order: Order, by: EndedBy, gone: Collection[Side], now: datetime) -> None:
    """Take an order that nobody paid out of the service's count."""
    store.uncount_order(tx, order.source.id)


def keep_service(tx: Tx, order: Order, now: datetime) -> None:
    """Leave a service as it is when one of its orders is over."""


def _terms(service: Service, brief: Brief | None = None) -> Terms:
    return Terms(
        title=service.title,
        text=service.description,
        price_minor=service.price_minor,
        delivery_days=service.delivery_days,
        revisions=service.revisions,
        questions=service.questions,
        brief=brief,
    )
