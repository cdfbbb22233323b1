"""How far an order is, on its page: the steps, what is asked of the freelancer, and where the money is."""

from datetime import UTC, datetime

from tests.conftest import shared
from tests.files.delivering import deliver
from tests.support.client import Client, Json, Page, Person
from tests.support.images import picture, png
from tests.support.money import delivered, disputed, do, hired, in_progress
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")


def page_of(reader: Client, order: Json) -> Page:
    return reader.page(f"/orders/{order['id']}")


def steps(page: Page) -> list[tuple[str, str]]:
    """Each step with its state."""
    return [
        (" ".join(each.query("b")[0].to_text().split()), (each.attrs["class"] or "").split()[1])
        for each in page.all(".progress-steps > li")
    ]


def test_the_steps_say_how_far_an_order_is(server: Server, alice: Person, bob: Person) -> None:
    order = hired(alice, bob)
    words = ("Agreed", "Paid", "Working", "Delivered", "Accepted")
    assert steps(page_of(alice, order)) == list(zip(words, ("done", "now", *["later"] * 3), strict=True))
    order = delivered(server, alice, bob)
    assert steps(page_of(bob, order)) == list(zip(words, (*["done"] * 4, "now"), strict=True))
    assert page_of(bob, order).texts("[aria-current=step] b") == ["Accepted"]
    do(alice, order, "revise", message="Larger.")
    states = ("done", "done", "now", "later", "later")
    assert steps(page_of(bob, order)) == list(zip(words, states, strict=True))
    do(bob, order, "deliver", message="Larger it is.")
    do(alice, order, "accept")
    assert steps(page_of(bob, order)) == [(word, "done") for word in words]


def test_the_steps_say_if_it_ended_another_way(server: Server, alice: Person, bob: Person) -> None:
    order = hired(alice, bob)
    do(bob, order, "cancel")
    assert steps(page_of(alice, order))[1:] == [("Cancelled before payment", "stopped")]
    order = in_progress(server, alice, bob)
    do(bob, order, "cancel")
    do(alice, order, "cancel/answer", agree=True)
    assert steps(page_of(alice, order))[2:] == [("Cancelled by both sides", "stopped")]
    order = disputed(server, alice, bob, price=80)
    assert steps(page_of(alice, order))[2:] == [("Disputed", "stopped"), ("Decided", "later")]
    do(alice, order, "dispute/offer", amount=50)
    do(bob, order, "dispute/offer", amount=50)
    assert steps(page_of(alice, order))[2:] == [("Settled", "stopped")]


def test_the_latest_request_for_changes_is_at_the_top_until_it_is_answered(
    server: Server, alice: Person, bob: Person
) -> None:
    order = delivered(server, alice, bob)
    for asked in ("Larger, please.", "And in blue."):
        do(alice, order, "revise", message=asked)
        for reader in (alice, bob):
            assert page_of(reader, order).texts("#changes .words") == [asked]
        assert "Revision" in page_of(bob, order).one("#changes .meta").to_text()
        do(bob, order, "deliver", message="Here.")
        assert not page_of(bob, order).all("#changes")


def test_the_bar_of_the_money_names_only_what_there_is(server: Server, alice: Person, bob: Person) -> None:
    assert not page_of(alice, hired(alice, bob)).all(".money-bar")
    order = in_progress(server, alice, bob, price=80)
    page = page_of(alice, order)
    assert page.texts(".money-parts > div") == ["Held by GigFlow $80"]
    assert [each.attrs["width"] for each in page.all(".money-bar rect")] == ["1000.0"]
    do(alice, order, "dispute", reason="Half of it is missing.")
    for person in (alice, bob):
        do(person, order, "dispute/offer", amount=40)
    page = page_of(bob, order)
    assert page.texts(".money-parts > div") == [
        "Released to you $36",
        "GigFlow’s fee (10%) $4",
        "Refunded to the client $40",
    ]
    rects = [(each.attrs["x"], each.attrs["width"]) for each in page.all(".money-bar rect")]
    assert rects == [("0", "450.0"), ("450.0", "50.0"), ("500.0", "500.0")]


def test_the_activity_has_absolute_times(server: Server, alice: Person, bob: Person) -> None:
    order = delivered(server, alice, bob)
    page = page_of(alice, order)
    shown = [(each.attrs["datetime"] or "")[:23] for each in page.all("#timeline ~ ol time")]
    assert shown == [each["at"][:23] for each in reversed(order["timeline"])]
    assert order["createdAt"][:4] in page.texts("#timeline ~ ol time")[0]
    assert not page.all("#timeline ~ ol [data-ago]")


def test_delivered_pictures_have_previews(
    server: Server, alice: Person, bob: Person, charlie: Person
) -> None:
    order = in_progress(server, alice, bob)
    cut = picture(900, 600)[:-500]
    sent = [("map.png", picture(900, 600)), ("cut.png", cut), ("note.txt", b"text")]
    assert deliver(bob, order["id"], *sent).status_code == 200
    page = page_of(alice, order)
    shown, broken = (each.attrs["src"] or "" for each in page.all(".previews img"))
    got = alice.get(shown)
    assert (got.headers["Content-Type"], got.content[:4], got.content[8:12]) == (
        "image/webp",
        b"RIFF",
        b"WEBP",
    )
    assert got.headers["Cache-Control"] == "no-store"
    assert alice.get(broken).status_code == 404
    assert charlie.get(shown).status_code == 404
    assert len(page.all("#deliveries a.host")) == 3
    # Only its pixels are damaged, which shows when they are read; then there is no frame for it any longer.
    assert [each.attrs["src"] for each in page_of(alice, order).all(".previews img")] == [shown]


def test_what_cannot_be_shown_has_no_frame(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob)
    sent = [
        ("text.png", b"text"),
        ("huge.png", png(20_000, 20_000)),
        ("cut.jpg", picture(900, 600, "JPEG")[:100]),
        ("cut.webp", b"RIFF"),
    ]
    assert deliver(bob, order["id"], *sent).status_code == 200
    page = page_of(alice, order)
    assert page.all(".previews") == []
    assert len(page.all("#deliveries a.host")) == 4


def test_the_work_says_since_when_it_is_done(server: Server, alice: Person, bob: Person) -> None:
    """From the payment, and again from each request for changes."""
    order = in_progress(server, alice, bob)
    [said] = page_of(bob, order).texts(".step.now")
    begun, due = (datetime.fromisoformat(order[name]) for name in ("paidAt", "dueAt"))
    assert said.replace(" ,", ",") == f"Working, now since {begun:%a %-d %b} by {spoken_day(due)}"
    do(bob, order, "deliver", message="Here.")
    do(alice, order, "revise", message="Larger.")
    assert " since " in page_of(bob, order).texts(".step.now")[0]


def spoken_day(moment: datetime) -> str:
    shape = "%a %-d %b" if moment.year == datetime.now(UTC).year else "%-d %b %Y"
    return moment.strftime(shape)


def test_a_long_request_stands_in_full_once(server: Server, alice: Person, bob: Person) -> None:
    """At the top while it is worked on, and in the activity from then on."""
    order = delivered(server, alice, bob)
    asked = "Make the river bluer, and the bridge longer. " * 20
    do(alice, order, "revise", message=asked)
    page = page_of(bob, order)
    assert page.text.count("bridge longer.") == 20 + 3
    assert page.one("#timeline ~ ol .reply ~ p a").attrs["href"] == "#changes"
    do(bob, order, "deliver", message="Here.")
    page = page_of(bob, order)
    assert not page.all("#changes")
    assert page.one("#timeline ~ ol details p").to_text().count("bridge longer.") == 20


def test_looking_at_a_receipt_reads_the_news_of_its_order(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob)
    paths = f"/api/orders/{order['id']}/receipts"
    wait_for(lambda: alice.get(paths).json()["receipts"], what="the receipt")

    def unread() -> list[str]:
        told = alice.get("/api/notifications").json()["notifications"]
        return [
            each["type"] for each in told if each.get("orderId") == order["id"] and each["readAt"] is None
        ]

    assert unread() == ["order_paid"]
    alice.page(alice.get(paths).json()["receipts"][0]["url"])
    assert unread() == []
