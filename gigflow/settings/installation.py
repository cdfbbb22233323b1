"""What a database is bound to from its first start on: one currency, and one provider (docs/domain.md, invariant 14).

Amounts are stored as bare numbers of minor units. Read in another currency, each of them would be another amount, so
GigFlow does not start with it, and no command does anything.
"""

from pymongo import ReturnDocument

from gigflow.core.db import Db, Declared, Document, object_schema
from gigflow.gigs.store import GIGS
from gigflow.orders.store import ORDERS
from gigflow.payments.store import LEDGER, PAYMENTS, find_providers
from gigflow.settings.readers import SettingError
from gigflow.settings.settings import Settings

INSTALLATION = Declared("installation", (), object_schema({"currency": "string"}))
COLLECTIONS = (INSTALLATION,)

_MONEY = "money"  # the id of the one row
_HAS_AMOUNTS = (PAYMENTS, ORDERS, GIGS, LEDGER)


def bind_money(db: Db, settings: Settings) -> None:
    """Bind a database to the currency of its first start, and accept no other one while it holds any amount.

    Raises SettingError if the database is of another currency, or holds money of another provider.
    """
    ours, bound = settings.currency, _currency_of(db, settings.currency)
    if bound != ours and not _took_over(db, bound, ours):
        raise SettingError(
            f"CURRENCY is {ours}, but this database holds amounts of {bound}, and amounts are never converted: "
            f"set CURRENCY={bound}, or another MONGO_DB or VAR_DIR."
        )
    _check_provider(db, settings)


def _currency_of(db: Db, ours: str) -> str:
    """Return the currency that the database is bound to, by now at the latest. Of two first starts at once, one binds
    it.
    """
    row = db[INSTALLATION].find_one({"_id": _MONEY})
    if row is None:
        first = _currency_of_payments(db) or ours
        # Its answer has the row: a read just after it may not see what another start has written.
        row = db[INSTALLATION].find_one_and_update(
            {"_id": _MONEY},
            {"$setOnInsert": {"currency": first}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        assert row is not None
        if row["currency"] != first:
            raise SettingError(
                f"CURRENCY is {ours}, but another GigFlow has just begun with this database in {row['currency']}."
            )
    currency: str = row["currency"]
    return currency


def _currency_of_payments(db: Db) -> str | None:
    """Return what was paid in before databases were bound; None if nothing was."""
    stages: list[Document] = [
        {"$group": {"_id": "$currency", "count": {"$sum": 1}}},
        {"$sort": {"count": -1, "_id": 1}},
    ]
    return next((row["_id"] for row in db[PAYMENTS].aggregate(stages)), None)


def _took_over(db: Db, bound: str, ours: str) -> bool:
    """Return whether a database without any amount is ours now."""
    if any(db[declared].find_one({}, {"_id": 1}) for declared in _HAS_AMOUNTS):
        return False
    change = {"$set": {"currency": ours}}
    return db[INSTALLATION].update_one({"_id": _MONEY, "currency": bound}, change).matched_count == 1


def _check_provider(db: Db, settings: Settings) -> None:
    """Refuse money of another provider: what was earned with test cards would be paid out by a provider of real
    money.
    """
    ours = settings.payment_provider
    for other in sorted(find_providers(db) - {ours}) if ours else ():
        raise SettingError(
            f"Payments go through {ours}, but this database holds money of {other}, and the two do not mix: "
            f"set PAYMENTS={other}, or another MONGO_DB or VAR_DIR."
        )
