"""The receipts of an order on its page."""

from datetime import timedelta
from typing import Any

from gigflow.accounts.models import Viewer
from gigflow.core.clock import now
from gigflow.core.paging import MAX_LIMIT, PageRequest
from gigflow.orders.models import Order
from gigflow.payments import actions as payments
from gigflow.receipts import actions
from gigflow.web.runtime import db

SHORTLY = timedelta(minutes=5)  # a number that has not come by then is no longer announced


def order_receipts(order: Order, reader: Viewer) -> dict[str, Any]:
    """Return the receipts of an order, the oldest first, and whether one is about to come."""
    found = actions.receipts_of(db(), reader, order.id, PageRequest(MAX_LIMIT)).rows
    known = {each.id for each in found}
    missing = [each for each in payments.entries_for(db(), order.id) if each.id not in known]
    waits = any(each.created_at > now() - SHORTLY for each in missing)
    return {"receipts": found[::-1], "receipts_wait": waits}
