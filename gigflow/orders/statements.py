"""What each side of a dispute says in its own words and files, until it is decided; both sides and admins read it."""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Invalid
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.orders import store
from gigflow.orders.actions import move, order_of_side, too_often, wrong_state
from gigflow.orders.dispute_models import Statement
from gigflow.orders.events import DISPUTE_NEWS
from gigflow.orders.models import FILES_MAX, ORDER, Order, Side, other
from gigflow.orders.telling import tell_side

STATEMENT = ORDER["statement"]


def check_may_state(db: Db, viewer: Viewer, order_id: ObjectId) -> tuple[Order, Side]:
    """Return the order and the viewer's side of it, if that side may give or change its statement now: asked before
    files are read. Raises NotFound, Forbidden, Conflict.
    """
    order, side = order_of_side(db, viewer, order_id)
    if order.status not in STATEMENT.sources:
        raise wrong_state(order)
    if not order.may_repeat(STATEMENT.name, side):
        raise too_often(STATEMENT.name)
    return order, side


def statement_of(db: Db, order: Order, side: Side) -> Statement | None:
    """Return what a side has said in the newest dispute of an order, or None."""
    found = store.get_dispute(db, order.id)
    return found.statements.get(side) if found else None


def give(
    db: Db,
    viewer: Viewer,
    order_id: ObjectId,
    text: str,
    file_ids: list[ObjectId],
    remove: Collection[ObjectId],
    now: datetime,
) -> Order:
    """Give a statement, or change it: the text is replaced, the files are added, and those in `remove` go. The other
    side is told of the first one.

    Raises NotFound, Forbidden, Conflict, and Invalid at `files` if there would be more than `FILES_MAX`.
    """
    order, side = check_may_state(db, viewer, order_id)

    def work(tx: Tx) -> Order:
        stated = move(tx, order, STATEMENT, side, now, {})
        found = store.get_dispute(tx, order.id)
        assert found is not None
        before = found.statements.get(side)
        old = before.file_ids if before else []
        kept = [each for each in old if each not in remove]
        if len(kept) + len(file_ids) > FILES_MAX:
            raise Invalid(
                {files.FIELD: [f"At most {FILES_MAX} files. Remove some of those that are there first."]}
            )
        statement = Statement(text=text, file_ids=[*kept, *file_ids], at=now)
        if not store.put_statement(tx, found.id, side, statement):
            raise Conflict("This dispute has ended.", code="order_state")
        files.replace(tx, viewer, old, statement.file_ids, Subject("order", order.id), now)
        if before is None:
            text_of_news = "{actor} has given a statement about {title}."
            tell_side(tx, DISPUTE_NEWS, stated, other(side), text_of_news, now, actor=viewer)
        return stated

    return db.transact(work)
