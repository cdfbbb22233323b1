"""Giving numbers: one series without gaps, in the order of the ledger, after the commit of what it books
(docs/domain.md, Receipts).

A counter in the payment's transaction would let all payments of an installation wait for one another. So a tick gives
the next numbers to the first entries that have no receipt. Two unique indexes keep it right, however many processes
tick: an entry has one receipt (they share the id), and a number is given once. Only a process that has read number n
from a majority writes n + 1, so no crash leaves a gap.
"""

import logging
from collections import Counter
from datetime import datetime

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, name_of
from gigflow.core.db import Db
from gigflow.orders import actions as orders
from gigflow.orders.models import ACCEPT_WITHIN, Agreement
from gigflow.payments import booked
from gigflow.payments.models import Entry
from gigflow.receipts import store
from gigflow.receipts.models import KINDS, PIECE, PIECES_MAX, Party, Receipt, amounts_of

log = logging.getLogger(__name__)


def give_numbers(db: Db, now: datetime) -> int:
    """Give the next numbers to what was booked and has no receipt; returns how many were given."""
    given = 0
    for _ in range(PIECES_MAX):
        receipts = _next(db, now)
        done = store.insert_in_order(db, receipts) if receipts else 0
        given += done
        if not receipts or done < len(receipts):  # all have one, or another process goes on with it
            break
    return given


def _next(db: Db, now: datetime) -> list[Receipt]:
    """Return the next receipts. What cannot be written down has none, and the audit names it."""
    since = store.begin_of_late(db)
    entries = booked.entries_of_orders_since(db, since, store.find_ids_since(db, since), PIECE)
    if not entries:
        return []
    order_ids = {each.order_id for each in entries if each.order_id}
    agreed = orders.agreements_of(db, order_ids)
    currencies = booked.currencies_of(db, order_ids)
    sides = {side for each in agreed.values() for side in (each.client_id, each.freelancer_id)}
    people = accounts.people(db, list(sides))
    found: list[Receipt] = []
    number = store.last_number(db)
    for entry in entries:
        agreement = agreed.get(entry.order_id) if entry.order_id else None
        receipt = _receipt(entry, agreement, people, currencies, number + 1, now)
        if receipt:
            found.append(receipt)
            number += 1
    return found


def _receipt(
    entry: Entry,
    agreed: Agreement | None,
    people: dict[ObjectId, Person],
    currencies: dict[ObjectId, str],
    number: int,
    now: datetime,
) -> Receipt | None:
    what = entry.key.partition(":")[0]
    if agreed is None or what not in KINDS or agreed.order_id not in currencies:
        return None
    lines: Counter[str] = Counter()
    for line in entry.lines:
        lines[line.account.partition(":")[0]] += line.amount_minor
    amount, fee = amounts_of(what, lines)
    return Receipt(
        id=entry.id,
        number=number,
        order_id=agreed.order_id,
        what=what,
        title=agreed.title,
        client=Party(agreed.client_id, name_of(people.get(agreed.client_id))),
        freelancer=Party(agreed.freelancer_id, name_of(people.get(agreed.freelancer_id))),
        currency=currencies[agreed.order_id],
        amount_minor=amount,
        fee_minor=fee,
        fee_basis_points=agreed.fee_basis_points,
        accept_days=ACCEPT_WITHIN[agreed.source_type].days,
        at=entry.created_at,
        created_at=now,
    )
