"""What tests of the sandbox do again and again."""

from gigflow.payments.models import Payment, Session
from gigflow.sandbox.gateway import SandboxGateway
from gigflow.sandbox.models import CARDS
from tests.support.client import Client
from tests.support.invariants import Db, Row

NUMBERS = {card.behaviour: number for number, card in CARDS.items()}
TYPED = {"card_number": NUMBERS["success"], "expiry": "12 / 34", "cvc": "123", "name": "Alice Owner"}


def opened(gateway: SandboxGateway, payment: Payment, base_url: str = "http://shop.test") -> Session:
    """The checkout of a payment."""
    return gateway.open_session(payment, base_url, f"session:{payment.id}")


def pay(client: Client, session: Session, behaviour: str = "success") -> None:
    """Pay as a program does."""
    answer = client.post(f"/api/sandbox/checkout/{session.id}", {"cardNumber": NUMBERS[behaviour]})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"id": session.id, "status": "paid"}


def events_of(db: Db, **data: str) -> list[Row]:
    """Every telling of what is said of a session, a charge or a transfer, in the order of the outbox."""
    wanted = {f"data.{name}": value for name, value in data.items()}
    return list(db.sandbox_events.find(wanted).sort([("due_at", 1), ("_id", 1)]))
