"""Reading receipts."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.core.paging import Page, PageRequest
from gigflow.orders import actions as orders
from gigflow.receipts import store
from gigflow.receipts.models import Receipt


def receipt_for(db: Db, viewer: Viewer, receipt_id: ObjectId) -> Receipt:
    """Return a receipt for the two sides of its order and for admins. Raises NotFound, also if the reader may not know
    of it.
    """
    found = store.get_receipt(db, receipt_id)
    sides = (found.client.id, found.freelancer.id) if found else ()
    if found is None or not (viewer.is_admin or viewer.user_id in sides):
        raise NotFound("There is no such receipt.", code="receipt_not_found", hides=found is not None)
    return found


def receipts_of(db: Db, viewer: Viewer, order_id: ObjectId, page: PageRequest) -> Page[Receipt]:
    """Return the receipts of an order, newest first, for its two sides and for admins. Raises NotFound."""
    return store.find_receipts(db, orders.order_for(db, viewer, order_id).id, page)
