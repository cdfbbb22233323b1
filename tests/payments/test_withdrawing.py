"""Withdrawing on the page: asked once, with the amount and where the money goes (docs/ui.md, Behave)."""

from tests.conftest import Join
from tests.support.client import Person
from tests.support.money import delivered, do
from tests.support.server import Server


def test_paying_out(server: Server, alice: Person, join: Join) -> None:
    bob = join("Bob Bidder")
    assert "When a client accepts your work" in bob.page("/settings/payouts").text
    order = do(alice, delivered(server, alice, bob, price=100, title="A map <by hand>"), "accept")
    page = bob.page("/settings/payouts")
    assert "Your balance $90" in page.text
    assert page.link("A map <by hand>") == f"/orders/{order['id']}"
    asked = bob.page(page.link("Withdraw"))
    assert "the payment provider may ask" not in asked.text  # the sandbox never does
    assert "To The sandbox’s bank, where no real money moves" in asked.text
    assert asked.values("#ask form")["amount"] == "90"
    for wrong in ("1000", ""):  # nobody withdraws everything without having said so
        refused = asked.submit("#ask form", amount=wrong)
        assert (refused.status, refused.errors("#ask form").keys()) == (400, {"amount"})
    some = refused.submit("#ask form", amount="30")
    assert "Your balance $60" in some.text
    assert "Your balance: $60" in bob.page("/freelancing").text
    in_menu = bob.request("GET", "/settings/payouts/balance", None, headers={"HX-Request": "true"})
    assert in_menu.text.strip() == "$60"
    rest = bob.page(some.link("Withdraw")).submit("#ask form")
    assert "Your balance $0" in rest.text
    assert not bob.page("/freelancing").all(".balance")
    assert bob.page("/settings/payouts/withdraw").status == 409
    assert [row.split()[-1] for row in rest.texts("#payouts tr")] == ["−$60", "−$30", "+$90"]
