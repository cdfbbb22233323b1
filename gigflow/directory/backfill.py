"""The directory of a market that was there before it: for a step of `flask gigflow migrate`."""

from collections.abc import Callable, Iterable
from functools import partial

from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.core.db import Db, Document, Tx
from gigflow.core.ids import new_id
from gigflow.core.steps import Progress
from gigflow.directory import store

# For whom somebody has completed orders: the client, the category, and how many.
CompletedBy = Callable[[Tx, ObjectId], Iterable[tuple[ObjectId, str, int]]]


def place_everybody(
    db: Db, progress: Progress, completed_by: CompletedBy, write_place: Callable[[Tx, ObjectId], None]
) -> None:
    """List those who came to freelance, count again what people have worked, and give them their places: one person
    in each transaction, which comes before or after everything else that changes their place.
    """

    def place(row: Document) -> int:
        return db.transact(partial(_place, row=row, completed_by=completed_by, write_place=write_place))

    progress.change_each(USERS, {"deleted_at": None}, place)


def _place(
    tx: Tx, row: Document, completed_by: CompletedBy, write_place: Callable[[Tx, ObjectId], None]
) -> int:
    user_id = row["_id"]
    touched = {"$set": {"placing": new_id()}}
    if not tx[USERS].update_one({"_id": user_id, "deleted_at": None}, touched).matched_count:
        return 0  # they have left since
    listed = {"$set": {"listed": row.get("intent") == "freelancer"}}
    changed = tx[USERS].update_one({"_id": user_id, "listed": None}, listed).modified_count
    store.set_work(tx, user_id, completed_by(tx, user_id))
    write_place(tx, user_id)
    return changed
