"""Writing people's places in the directory. Everything that changes one does so in its own transaction."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import User
from gigflow.accounts.parts import Done
from gigflow.core.db import Db, Tx
from gigflow.directory import store
from gigflow.directory.models import ByClients, Offered, place_of
from gigflow.orders.models import Order
from gigflow.reviews import actions as reviews
from gigflow.services import actions as services


def write_place(tx: Tx, user_id: ObjectId) -> None:
    """Write somebody's place in the directory as it is now, after what changes it."""
    found = store.touch(tx, user_id)
    if found is None:
        return
    user, before = found
    place = None
    if user.listed and not user.disabled_at:  # of others nothing more need be read
        offered = [Offered(*each) for each in services.live_prices_of(tx, user_id)]
        rated = ByClients(*reviews.clients_about(tx, user_id))
        place = place_of(user, offered, store.find_work(tx, user_id), rated)
    store.set_place(tx, user_id, place, before, gone=user.deleted_at is not None)


def count_work(tx: Tx, order: Order) -> None:
    """Count a completed order as work of its freelancer, who may be found by it from now on."""
    store.count_work(tx, order.freelancer_id, order.category, order.client_id)
    write_place(tx, order.freelancer_id)


def forget_work_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget for whom somebody has worked who leaves for good."""
    count = store.forget_work_of(tx, user.id, limit) if user.deleted_at else 0
    return Done(count, more=count >= limit)


def forget_unused_words(db: Db, moment: datetime) -> None:
    """Forget words that nobody in the directory has any longer."""
    store.forget_unused_words(db, moment)
