"""What an operator pays out for somebody who is shut out, and hooks that nobody has taken (decision 29)."""

from bson import ObjectId

from tests.support.client import Person
from tests.support.invariants import check_balance
from tests.support.money import calls_are_made, delivered, do
from tests.support.operator import disable
from tests.support.server import Server


def test_what_was_earned_is_paid_out_by_the_operator(server: Server, alice: Person, bob: Person) -> None:
    """docs/domain.md, Shutting out: it stays theirs, and the record has who sent it."""
    do(alice, delivered(server, alice, bob, price=100), "accept")
    refused = server.command("gigflow", "pay-out", bob.email)
    assert (refused.returncode, "This account is open" in refused.stderr) == (1, True)
    disable(server, bob.email)
    done = server.command("gigflow", "pay-out", bob.email, "--reason", "Asked for by letter.")
    assert (done.returncode, done.stderr) == (0, "")
    assert "$90" in done.stdout
    calls_are_made(server)
    payout = server.db.payouts.find_one({"user_id": ObjectId(bob.id)})
    assert payout is not None
    assert payout["amount_minor"] == 9_000
    row = server.db.audit.find_one({"event": "paid_out", "user_id": ObjectId(bob.id)})
    assert row is not None
    assert (row["via"], row["subject"]["id"], row["note"]) == (
        "machine",
        payout["_id"],
        "Asked for by letter.",
    )
    check_balance(server.db, bob.id)
