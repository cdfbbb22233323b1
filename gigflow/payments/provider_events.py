"""The events of the provider that were seen, in the database: each has its effect once (SECURITY 21)."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from gigflow.core.db import Declared, Tx, from_document, object_schema, to_document
from gigflow.payments.models import ProviderEvent

PROVIDER_EVENTS = Declared(
    "provider_events",
    (
        IndexModel(
            [("charge_id", ASCENDING)],
            name="kept",
            partialFilterExpression={"charge_id": {"$type": "string"}},
        ),
    ),
    object_schema({"kind": "string", "at": "date"}),
)


def insert_event(tx: Tx, provider: str, event_id: str, kind: str, now: datetime) -> bool:
    """Note that a provider's event was seen, in the transaction of its effect; returns False if it was seen before
    (SECURITY 21; the transaction is then over).
    """
    try:
        tx[PROVIDER_EVENTS].insert_one({"_id": f"{provider}:{event_id}", "kind": kind, "at": now})
    except DuplicateKeyError:
        return False
    return True


def keep_event(tx: Tx, provider: str, event: ProviderEvent) -> None:
    """Keep an event that is about no known payment, until there is one with its charge."""
    kept = {"charge_id": event.charge_id, "event": to_document(event)}
    tx[PROVIDER_EVENTS].update_one({"_id": f"{provider}:{event.id}"}, {"$set": kept})


def take_kept_events(tx: Tx, provider: str, charge_id: str) -> list[ProviderEvent]:
    """Return the events that were kept for this charge, in the order in which they came; they are no longer kept."""
    query = {"charge_id": charge_id, "event": {"$exists": True}}
    rows = list(tx[PROVIDER_EVENTS].find(query).sort("at", ASCENDING))
    rows = [row for row in rows if row["_id"].startswith(f"{provider}:")]
    ids = [row["_id"] for row in rows]
    tx[PROVIDER_EVENTS].update_many({"_id": {"$in": ids}}, {"$unset": {"event": ""}})
    return [from_document(row["event"], ProviderEvent) for row in rows]
