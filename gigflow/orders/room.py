"""Whether somebody may have one more order (docs/decisions/0028)."""

from gigflow.accounts.models import Viewer
from gigflow.core.db import Tx
from gigflow.core.errors import Conflict
from gigflow.orders import listing


def check_unpaid(tx: Tx, viewer: Viewer, most: int | None) -> None:
    """Raise Conflict if `most` orders for services wait for the viewer's payment already, naming one to end first. It
    is exact, because the viewer was written before in this transaction (accounts.act).
    """
    if most is None:
        return
    waiting = listing.find_unpaid_of(tx, viewer.user_id, most)
    if len(waiting) < most:
        return
    raise Conflict(
        f"You have {most} unpaid orders, and that is the limit. Pay for one or cancel it first, such as"
        f" “{waiting[0]}”.",
        code="too_many_unpaid_orders",
    )
