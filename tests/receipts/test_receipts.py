"""What receipts say, on pages, for programs and as files, and who may read them."""

from typing import Any

from tests.conftest import Join, shared
from tests.support.client import Client, Json, Person
from tests.support.money import bought, do, in_progress, pay
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")


def receipts_of(reader: Client, order: Json, count: int) -> list[Json]:
    """The receipts of an order, newest first, once a tick has given this many."""
    path = f"/api/orders/{order['id']}/receipts"
    wait_for(lambda: len(reader.get(path).json()["receipts"]) == count, what="the receipts")
    found: list[Json] = reader.get(path).json()["receipts"]
    return found


def completed(server: Server, client: Client, freelancer: Client, **job: Any) -> Json:
    order = in_progress(server, client, freelancer, **job)
    do(freelancer, order, "deliver", message="Here it is.")
    return do(client, order, "accept")


def test_both_sides_get_a_receipt_for_a_payment_and_a_release(
    server: Server, alice: Person, bob: Person
) -> None:
    order = completed(server, alice, bob, title="A map", price=449.5)
    released, paid = receipts_of(alice, order, 2)
    assert receipts_of(bob, order, 2) == [released, paid]
    told = {
        "orderId": order["id"],
        "title": "A map",
        "client": {"id": alice.id, "_id": alice.id, "name": "Alice Owner"},
        "freelancer": {"id": bob.id, "_id": bob.id, "name": "Bob Bidder"},
        "currency": "USD",
        "feePercent": 10,
    }
    for receipt, own in (
        (paid, {"kind": "payment", "what": "hold", "amount": 449.5, "fee": 0, "net": 449.5}),
        (released, {"kind": "release", "what": "release", "amount": 449.5, "fee": 44.95, "net": 404.55}),
    ):
        assert {name: receipt[name] for name in (*told, *own)} == {**told, **own}
        assert alice.get(f"/api/receipts/{receipt['id']}").json() == receipt
    assert paid["number"] < released["number"]
    assert (paid["at"], released["at"]) == (order["paidAt"], order["endedAt"])


def test_a_refund_has_one(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob)
    do(bob, order, "cancel")
    do(alice, order, "cancel/answer", agree=True)
    refunded, paid = receipts_of(alice, order, 2)
    assert (refunded["kind"], refunded["amount"], refunded["fee"]) == ("refund", paid["amount"], 0)
    assert "Refunded to the client" in alice.page(refunded["url"]).text


def test_a_split_has_one_for_each_part(server: Server, alice: Person, bob: Person, root: Person) -> None:
    order = in_progress(server, alice, bob, price=80)
    disputed = do(alice, order, "dispute", reason="Half of it is missing.")
    said = {"amount": 30, "note": "Half."}
    decided = root.post(f"/api/admin/disputes/{disputed['dispute']['id']}/resolve", said)
    assert decided.status_code == 200, decided.text
    found = {each["kind"]: each["amount"] for each in receipts_of(bob, order, 3)}
    assert found == {"payment": 80, "release": 30, "refund": 50}


def test_nobody_else_reads_them(
    server: Server, alice: Person, bob: Person, charlie: Person, root: Person, visitor: Client
) -> None:
    order = pay(server, alice, bought(alice, bob))
    [receipt] = receipts_of(alice, order, 1)
    paths = [f"/api/orders/{order['id']}/receipts", f"/api/receipts/{receipt['id']}", receipt["pdf"]]
    for path in (*paths, receipt["url"]):
        assert [who.get(path).status_code for who in (bob, root, charlie)] == [200, 200, 404], path
    assert {visitor.get(path).status_code for path in paths} == {401}
    there, not_there = (charlie.get(f"/api/receipts/{each}").json() for each in (receipt["id"], "f" * 24))
    assert there["message"] == not_there["message"]


def test_its_words_stay_as_they_were(server: Server, bob: Person, join: Join) -> None:
    nina = join("Nina Before")
    order = pay(server, nina, bought(nina, bob))
    [before] = receipts_of(nina, order, 1)
    assert nina.put("/api/users/profile", {"name": "Nina After"}).status_code == 200
    assert nina.get(f"/api/receipts/{before['id']}").json() == before
    assert "Nina Before" in nina.page(before["url"]).text


def test_its_page_says_all_of_it_with_absolute_dates(server: Server, alice: Person, bob: Person) -> None:
    order = completed(server, alice, bob, title="Ein Stück <b>Karte</b>", price=449.5)
    released, _ = receipts_of(bob, order, 2)
    page = bob.page(released["url"])
    assert page.texts("h1") == ["Receipt for a release"]
    for words in (
        f"{released['number']:06}",
        "Alice Owner",
        "Bob Bidder",
        "Ein Stück <b>Karte</b>",
        "GigFlow’s fee (10%)",
    ):
        assert words in page.text, words
    for amount in ("$449.50", "−$44.95", "$404.55"):
        assert amount in page.text, amount
    assert f"{released['at'][11:16]} UTC" in page.text
    assert not page.all("#receipt [data-ago]")


def test_the_page_of_an_order_lists_them_with_their_files(server: Server, alice: Person, bob: Person) -> None:
    order = completed(server, alice, bob)
    released, paid = receipts_of(alice, order, 2)
    page = alice.page(f"/orders/{order['id']}")
    links = [link.attrs["href"] for link in page.all("#receipts a")]
    assert links == [paid["url"], paid["pdf"], released["url"], released["pdf"]]
    file = alice.get(released["pdf"])
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    assert f"receipt-{released['number']:06}.pdf" in file.headers["Content-Disposition"]
