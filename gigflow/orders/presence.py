"""Whether both sides of an order are here: nobody who is shut out takes part (docs/domain.md, Shutting out)."""

from gigflow.accounts import actions as accounts
from gigflow.core.db import Tx
from gigflow.core.errors import Conflict, NotSignedIn
from gigflow.orders.models import Actor, Order, Side


def check_both_here(tx: Tx, order: Order, actor: Actor) -> None:
    """Let both sides take part in what is done, after its guard. Raises NotSignedIn if the side that does it is shut
    out, Conflict if the other is: until an admin has decided, nothing happens in such an order.
    """
    gone = gone_from(tx, order)
    if actor in gone:
        raise NotSignedIn
    for side in gone:
        text = f"The account of the {side} is closed. An admin decides about this order."
        raise Conflict(text, code="person_shut_out")


def check_here(tx: Tx, order: Order, actor: Actor) -> None:
    """Let the side that does something take part, whether or not the other is here. Raises NotSignedIn if it is shut
    out.
    """
    if actor in gone_from(tx, order):
        raise NotSignedIn


def gone_from(tx: Tx, order: Order) -> list[Side]:
    """Return the sides of an order that are shut out or have left. It writes both accounts, so that what is done comes
    before or after the end of either.
    """
    gone = accounts.engage(tx, order.client_id, order.freelancer_id)
    sides: tuple[Side, Side] = ("client", "freelancer")
    return [side for side in sides if order.person(side) in gone]
