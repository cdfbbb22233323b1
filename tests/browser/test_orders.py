"""Orders in Chromium: bought with the sandbox, delivered, changed, accepted, reviewed; cancelled; disputed."""

import pytest
from bson import ObjectId
from playwright.sync_api import Page, expect

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.browser.look import check
from tests.browser.test_mended import drafts
from tests.conftest import shared
from tests.orders.routes import stop
from tests.sandbox.test_by_hand import by_hand
from tests.support.client import Json, Person
from tests.support.market import offer_service
from tests.support.money import GOOD, checkout, delivered, disputed, do, hired, in_progress
from tests.support.server import Server
from tests.support.talk import open_talk, say
from tests.support.waiting import wait_for


def path_of(order: dict[str, str]) -> str:
    return f"/orders/{order['id']}"


def press(page: Page, word: str) -> None:
    """Press what an order's page, or its dialog, offers under this word."""
    page.locator("#order, dialog[open]").get_by_role("link", name=word, exact=True).click()


def answer(page: Page, button: str, **typed: str) -> None:
    """Fill in the dialog that is open, and send it."""
    dialog = page.locator("dialog[open]")
    for name, text in typed.items():
        dialog.locator(f"[name={name}]").fill(text)
    dialog.get_by_role("button", name=button).click()
    expect(dialog).to_have_count(0)


def turn(page: Page) -> object:
    """The one sentence of the order that is shown."""
    return page.locator("#order .turn > p")


def test_a_service_is_bought_delivered_changed_accepted_and_reviewed(
    window: OpenWindow, alice: Person, bob: Person
) -> None:
    service = offer_service(bob, title="A map by hand", price=120, revisions=2)
    client, freelancer = window(alice).page, window(bob).page
    client.goto(f"/gigs/{service['id']}")
    client.get_by_role("link", name="Buy for $120").click()
    answer(client, "Order and pay $120")
    client.get_by_role("button", name="Pay $120").click()
    for name, text in {"card_number": GOOD, "expiry": "12 / 34", "cvc": "123", "name": "Alice"}.items():
        client.locator(f"[name={name}]").fill(text)
    client.get_by_role("button", name="Pay $120").click()
    client.wait_for_url("**/orders/*")
    expect(turn(client)).to_contain_text("Bob Bidder has to deliver by")

    freelancer.goto("/")
    freelancer.get_by_role("link", name="Deliver").first.click()
    press(freelancer, "Deliver")
    freelancer.locator("[name=message]").fill("Here it is.")
    freelancer.locator("[name=files]").set_input_files(
        [{"name": "plan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}]
    )
    wait_for(lambda: drafts(freelancer))
    freelancer.get_by_role("button", name="Deliver").click()
    # The client's page changes by itself.
    expect(turn(client)).to_contain_text("Accept or request changes by")
    with client.expect_download() as download:
        client.get_by_role("link", name="plan.pdf").click()
    assert download.value.suggested_filename == "plan.pdf"
    assert download.value.path().read_bytes() == b"%PDF"

    press(client, "Request changes")
    answer(client, "Request changes", message="The river is missing.")
    expect(turn(freelancer)).to_contain_text("Deliver by")
    press(freelancer, "Deliver")
    expect(freelancer.locator("[name=message][data-served]")).to_have_value(
        ""
    )  # no draft of the first delivery
    freelancer.locator("[name=message]").fill("With the river.")
    freelancer.get_by_role("button", name="Deliver").click()
    expect(client.locator("#deliveries")).to_contain_text("With the river.")
    press(client, "Accept")
    answer(client, "Accept and release $120")
    expect(turn(client)).to_contain_text("Completed. ")
    expect(freelancer.locator("#money")).to_contain_text("$108")
    for page, words in ((client, "Careful work."), (freelancer, "Clear words.")):
        page.get_by_role("link", name="Write a review").click()
        page.get_by_label("Excellent").check()
        page.locator("#review-form [name=text]").fill(words)
        page.locator("#review-form button").click()
        expect(page.locator("#review-form")).to_have_count(0)
    for page in (client, freelancer):
        expect(page.locator("#reviews")).to_contain_text("Careful work.")
        expect(page.locator("#reviews")).to_contain_text("Clear words.")


def test_a_delivery_that_never_arrived_can_be_sent_again(
    window: OpenWindow, server: Server, alice: Person, bob: Person
) -> None:
    """Whatever page comes after it, its text waits in the form until it was taken."""
    order = in_progress(server, alice, bob)
    opened = window(bob)
    page, path = opened.page, f"{path_of(order)}/deliver"
    page.goto(path)
    page.locator("[name=message][data-served]").fill("Here it is.")
    wait_for(lambda: drafts(page))
    page.route(
        f"**{path}", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    page.get_by_role("button", name="Deliver").click()
    page.wait_for_url("chrome-error://**")
    page.goto("/jobs")
    page.unroute(f"**{path}")
    page.goto(path)
    expect(page.locator("[name=message]")).to_have_value("Here it is.")
    page.get_by_role("button", name="Deliver").click()
    expect(turn(page)).to_contain_text("Alice Owner has until")
    wait_for(lambda: not drafts(page))  # the page's scripts end it, which begin after its words are there
    opened.expect_complaint("ERR_FAILED")


def test_cancelling_with_a_refund(window: OpenWindow, server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob, price=200)
    client, freelancer = window(alice).page, window(bob).page
    for page in (client, freelancer):
        page.goto(path_of(order))
        connected(page)
    press(client, "Ask to cancel")
    answer(client, "Ask to cancel", reason="We moved.")
    expect(turn(freelancer)).to_contain_text("Respond to the cancellation request by")
    press(freelancer, "Answer")
    answer(freelancer, "Agree to cancel")
    expect(turn(client)).to_contain_text("was refunded to you.")
    expect(client.locator("#money")).to_contain_text("Refunded to you")


def test_a_dispute_that_settles(window: OpenWindow, server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob, price=200)
    client, freelancer = window(alice).page, window(bob).page
    for page in (client, freelancer):
        page.goto(path_of(order))
        connected(page)
    press(client, "Dispute")
    answer(client, "Dispute the order", reason="Nothing comes.")
    expect(turn(freelancer)).to_contain_text("Both sides can propose an amount")
    press(freelancer, "Propose an amount")
    answer(freelancer, "Submit sealed offer", amount="80")
    expect(client.locator("#order")).to_contain_text("Has submitted an offer")
    press(client, "Propose an amount")
    answer(client, "Submit sealed offer", amount="100")
    expect(freelancer.locator("#order")).to_contain_text("The two offers overlapped: $90")


def test_a_job_is_open_again_after_it_was_called_off(window: OpenWindow, alice: Person, bob: Person) -> None:
    order = hired(alice, bob)
    page = window(alice).page
    page.goto(path_of(order))
    press(page, "Cancel the order")
    answer(page, "Cancel the order")
    expect(turn(page)).to_contain_text("Cancelled before payment")


def test_what_is_being_typed_survives_the_other_side(
    window: OpenWindow, server: Server, alice: Person, bob: Person
) -> None:
    """A review that is half written stays while the page around it changes."""
    order = do(alice, delivered(server, alice, bob), "accept")
    page = window(alice).page
    page.goto(path_of(order))
    connected(page)
    stamp = page.locator("#order").get_attribute("data-stamp")
    page.locator("#review-form [name=text]").fill("Half a sent")
    do_review = bob.post(f"/api/orders/{order['id']}/review", {"rating": 5, "text": "Clear words."})
    assert do_review.status_code == 201
    expect(page.locator("#order")).not_to_have_attribute("data-stamp", stamp or "")
    expect(page.locator("#review-form [name=text]")).to_have_value("Half a sent")


client, freelancer = shared("Clara Client"), shared("Fred Freelancer")


def heard(person: Person, order: Json) -> Json:
    """The disputed order, with a statement of this side that has files."""
    path = f"/api/orders/{order['id']}/dispute/statement"
    files = [("files", (name, b"plan")) for name in ("plan.pdf", "n" * 120 + ".txt")]
    answer = person.post(path, data={"text": "It was agreed otherwise. " + "w" * 300}, files=files)
    assert answer.status_code == 200, answer.text
    return order


@pytest.fixture(scope="module")
def orders(server: Server, client: Person, freelancer: Person) -> list[str]:
    """The addresses of an order in every state: not paid, in work, to be cancelled, delivered, disputed, done."""
    between = server, client, freelancer
    return [
        path_of(each)
        for each in (
            hired(client, freelancer, title="Long " + "x" * 80),
            in_progress(*between, description="y" * 300),
            do(client, in_progress(*between), "cancel", reason="z" * 200),
            delivered(*between),
            heard(freelancer, disputed(*between)),
            do(client, delivered(*between), "accept"),
        )
    ]


def test_every_page_of_orders_for_a_client(
    window: OpenWindow, orders: list[str], client: Person, freelancer: Person
) -> None:
    """axe-core finds nothing, nothing sticks out, every control can be hit: in every state of an order."""
    unpaid, work, _, handed, quarrel, _ = orders
    service = offer_service(freelancer, title="Long " + "x" * 80)
    check(
        window(client),
        *orders,
        unpaid.replace("/orders/", "/checkout/"),
        checkout(client, {"id": unpaid.rpartition("/")[2]}).json()["checkoutUrl"],
        f"{unpaid}?paid=1",
        f"{unpaid}?paid=0",
        f"{work}/cancel",
        f"{handed}/accept",
        f"{handed}/revise",
        f"{quarrel}/number",
        f"{quarrel}/statement",
        f"/gigs/{service['id']}/buy",
        "/orders",
        "/orders?state=cancelled",
        "/hiring",
    )


def test_every_page_of_orders_for_a_freelancer(
    window: OpenWindow, orders: list[str], freelancer: Person
) -> None:
    """The same from the other side, with what is earned."""
    _, work, asked, _, quarrel, _ = orders
    steps = [f"{work}/deliver", f"{asked}/cancel", f"{work}/dispute", f"{quarrel}/statement"]
    done = freelancer.get("/api/orders?state=completed").json()["orders"]
    wait_for(lambda: receipts_of(freelancer, done[0]["id"]), what="the receipts")
    receipt = receipts_of(freelancer, done[0]["id"])[0]["url"]
    payouts = ("/settings/payouts", "/settings/payouts/withdraw")
    check(window(freelancer), *orders, *steps, receipt, "/freelancing", *payouts, "/")


def receipts_of(person: Person, order_id: str) -> list[Json]:
    found: list[Json] = person.get(f"/api/orders/{order_id}/receipts").json()["receipts"]
    return found


def test_on_paper_an_order_has_its_dates_and_nothing_to_press(
    window: OpenWindow, orders: list[str], client: Person
) -> None:
    page = window(client).page
    page.goto(orders[5])
    page.emulate_media(media="print")
    for gone in (".top", ".foot", ".toasts", ".button", "form"):
        assert not [each for each in page.locator(gone).all() if each.is_visible()], gone
    assert page.locator("#money").is_visible()
    shown = page.locator("time[data-ago]")
    sizes = [each.evaluate("element => getComputedStyle(element).fontSize") for each in shown.all()]
    assert set(sizes) <= {"0px"}  # the date stands behind it


def test_every_page_of_orders_for_an_admin(
    window: OpenWindow, server: Server, orders: list[str], client: Person, freelancer: Person, root: Person
) -> None:
    """The same for an admin: a dispute and what its sides have written, one that stopped with an account, a loss, a
    refund that failed.
    """
    between = server, client, freelancer
    stopped, lost = disputed(*between), do(client, delivered(*between), "accept")
    stop(server.db, stopped["id"])
    by_hand(server, "refund", lost["id"], "49.50", says="The sandbox refunded $49.50.")
    failed = in_progress(*between)
    payment = {"order_id": ObjectId(failed["id"])}
    # As if: a refund that really fails is an error in the log, which this server may not have.
    known = server.db.payments.find_one_and_update(payment, {"$set": {"status": "refund_failed"}})
    unpaid, quarrel = orders[0], orders[4]
    acts = [f"{path_of(stopped)}/resume", f"{path_of(lost)}/settle-loss", f"{path_of(failed)}/refund"]
    talk = open_talk(client, freelancer, orderId=quarrel.rpartition("/")[2])
    for text in ("S" * 300, "Other words"):
        said = say(client, talk, text)["id"]
        assert client.patch(f"/api/chat/{talk}/{said}", {"text": "w" * 200}).status_code == 200
    assert client.delete(f"/api/chat/{talk}/{said}").status_code == 200
    acts += [f"{quarrel}/conversation", f"{quarrel}/decide"]
    check(window(root), quarrel, f"{unpaid}/void", *acts, "/orders", "/settings/payouts")
    # What is wrong with the money would be found by whoever audits this database next.
    assert known
    server.db.payments.update_one(payment, {"$set": {"status": known["status"]}})
    root.page(acts[0]).submit("#ask form", note="Both are back.")
    root.page(acts[1]).submit("#ask form", note="As we said.", take_back="no")
