"""What admins read of a dispute: what the two sides of its order have written to each other. Each reading leaves a row
in the record.
"""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.admins import note_reading
from gigflow.accounts.models import Viewer
from gigflow.chat import for_admins
from gigflow.chat.models import Conversation
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.orders.actions import order_for
from gigflow.orders.deciding import order_of_others
from gigflow.orders.models import Order
from gigflow.orders.talking import about_of
from gigflow.record.models import Subject

READ = "conversation_read"  # as the record calls it


def may_read_conversation(viewer: Viewer, order: Order) -> bool:
    """Return whether the viewer may read what the two sides of an order write: an admin, once there was a dispute, if
    the order is not their own.
    """
    return viewer.is_admin and order.side_of(viewer.user_id) is None and order.dispute_id is not None


def read_conversation(
    db: Db, admin: Viewer, order_id: ObjectId, now: datetime
) -> tuple[Order, Conversation | None]:
    """Return an order that is or was disputed, and the conversation of its two sides, if they have written to each
    other; with a row in the record that says who read it. Raises NotFound, also if there was no dispute, and Forbidden.
    """
    order_for(db, admin, order_id)  # people who may not know of it are not told that it is there
    order = order_of_others(db, admin, order_id)
    if not may_read_conversation(admin, order):
        raise NotFound("There was no dispute about this order.", code="no_dispute")
    note_reading(db, admin, READ, Subject("order", order.id), now, **order.sides)
    about = about_of(order)
    return order, for_admins.conversation_between(db, order.client_id, order.freelancer_id, about)
