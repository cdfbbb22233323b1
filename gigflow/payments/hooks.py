"""What payments ask of what is paid for. Payments stand below the orders and know none."""

from datetime import datetime

from gigflow.core.db import Tx
from gigflow.core.hooks import one
from gigflow.payments.models import Payment


@one
def checkout(tx: Tx, payment: Payment, /) -> None:
    """A checkout begins, in this transaction. Raises Conflict if what it is for no longer waits for money; otherwise
    writes it, so that its end and the checkout do not pass each other.
    """


@one
def paid(tx: Tx, payment: Payment, now: datetime, /) -> bool:
    """Money arrived, in this transaction: whether what it is for takes it. Money that nothing takes goes back at
    once.
    """


@one
def unsent(tx: Tx, payment: Payment, unsent_minor: int, now: datetime, /) -> None:
    """A refund failed, or (0) is sent again, in this transaction; the amount is what is still to reach the client."""


@one
def reversal(tx: Tx, payment: Payment, change_minor: int, kind: str, now: datetime, /) -> int:
    """The provider gave money back by itself, or (negative) it came in again, in this transaction: how much of it is
    part of what is held. The rest is a loss.
    """
