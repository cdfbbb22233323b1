"""What the ledger has, for those who write it down elsewhere. Callers have made sure that the reader may know it."""

from collections.abc import Collection, Container

from bson import ObjectId

from gigflow.core.db import Db
from gigflow.payments import entries
from gigflow.payments.models import Entry


def entries_of_orders_since(db: Db, since: ObjectId, skip: Container[ObjectId], limit: int) -> list[Entry]:
    """Return the first entries of orders from this id on, in the order of the ledger, without those to skip."""
    return entries.find_order_entries_since(db, since, skip, limit)


def currencies_of(db: Db, order_ids: Collection[ObjectId]) -> dict[ObjectId, str]:
    """Return in which currency each of these orders was paid."""
    return entries.find_currencies(db, order_ids)
