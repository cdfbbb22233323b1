"""Bidding and hiring for people, with JavaScript off (docs/ui.md, Behave)."""

from tests.conftest import Join, shared
from tests.support.client import Person
from tests.support.market import hire, place_bid, post_job

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")

PAGE = "/gigs/{}"


def test_the_whole_story_by_plain_forms(alice: Person, join: Join) -> None:
    """Post, bid, hire, and what each side reads afterwards."""
    bob, charlie = join("Bob Bidder"), join("Charlie Stranger")
    posted = alice.page("/gigs/new").submit("#gig-form", title="Logo", description="A bird.", budget="300")
    path = posted.path
    for person, price in ((bob, "280"), (charlie, "310")):
        sent = person.page(path).submit(
            "#bid-form", message=f"I am {person.name}.", price=price, delivery_days="5"
        )
        assert (sent.status, sent.path) == (200, path)
        assert "has not decided yet" in sent.text
    owner = alice.page(path)
    assert sorted(owner.texts(".words")) == ["I am Bob Bidder.", "I am Charlie Stranger."]
    assert "$20 under budget" in owner.text
    assert "$10 over budget" in owner.text
    asked = alice.page(owner.link("Hire Bob Bidder"))
    assert " ".join(asked.one("h1").to_text().split()) == "Hire Bob Bidder ?"
    for shown in ("Logo", "$280", "5 days"):
        assert shown in asked.text
    done = asked.submit("#ask form")
    assert (done.status, done.path.startswith("/orders/")) == (200, True)
    assert "Pay $" in done.text
    assert "Pay $" in alice.page(path).text
    assert "You have been hired for Logo!" in bob.page("/notifications").text
    assert "“Logo” went to someone else this time." in charlie.page("/notifications").text
    assert "Alice Owner has to pay $" in bob.page("/freelancing").text
    assert "This job went to someone else." in charlie.page("/freelancing?bids=past").text


def test_what_binds_is_said_before_the_hire(alice: Person, bob: Person) -> None:
    """How many revisions there are, that nothing is charged yet, and what comes next; the order has it so."""
    gig = post_job(alice)
    page = bob.page(PAGE.format(gig["id"]))
    assert page.values("#bid-form")["revisions"] == "3"
    sent = page.submit("#bid-form", message="Me, please", price="280", revisions="1")
    assert "1 revision" in " ".join(sent.texts("#my-bid .meta"))
    owner = alice.page(PAGE.format(gig["id"]))
    assert "1 revision" in " ".join(owner.texts(".bid .meta"))
    asked = alice.page(owner.link("Hire Bob Bidder"))
    assert "Revisions 1" in " ".join(asked.texts(".terms"))
    steps = " ".join(asked.texts(".next-steps"))
    assert "Now: nothing is charged." in steps
    assert "Within 7 days: you pay $280. If you do not, the order is cancelled" in steps
    assert "GigFlow holds the money while Bob Bidder works" in steps
    order = asked.submit("#ask form").path.removeprefix("/orders/")
    assert alice.get(f"/api/orders/{order}").json()["terms"]["revisions"] == 1


def test_a_refused_bid_keeps_what_was_typed(alice: Person, bob: Person) -> None:
    gig = post_job(alice)
    refused = bob.page(PAGE.format(gig["id"])).submit(
        "#bid-form", message="Me, please", price="nothing", delivery_days="0"
    )
    assert refused.status == 400
    assert refused.errors("#bid-form").keys() == {"price", "delivery_days"}
    kept = refused.values("#bid-form")
    assert (kept["message"], kept["price"], kept["delivery_days"]) == ("Me, please", "nothing", "0")
    assert refused.submit("#bid-form", price="5", delivery_days="").path == PAGE.format(gig["id"])
    assert bob.get("/api/bids/mine").json()["bids"][0]["message"] == "Me, please"


def test_a_bid_that_comes_too_late_says_why(alice: Person, bob: Person, charlie: Person) -> None:
    gig = post_job(alice)
    bid = place_bid(charlie, gig)
    page = bob.page(PAGE.format(gig["id"]))
    assert hire(alice, bid).status_code == 200
    late = page.submit("#bid-form", message="Me, please", price="5")
    assert late.status == 409
    assert "already been hired for this job" in late.text
    assert not late.all("#bid-form")


def test_changing_a_bid(alice: Person, bob: Person) -> None:
    gig = post_job(alice)
    place_bid(bob, gig, message="Old words", price=100, deliveryDays=4)
    shown = bob.page(PAGE.format(gig["id"]))
    page = bob.page(shown.link("Change"))
    before = page.values("#bid-form")
    assert (before["message"], before["price"], before["delivery_days"]) == ("Old words", "100", "4")
    wrong = page.submit("#bid-form", message=" ")
    assert (wrong.status, wrong.errors("#bid-form").keys()) == (400, {"message"})
    done = wrong.submit("#bid-form", message="New words", price="120")
    assert done.path == PAGE.format(gig["id"])
    assert "New words" in done.text
    assert "$120" in done.text


def test_a_bid_changed_in_two_windows(alice: Person, bob: Person) -> None:
    gig = post_job(alice)
    bid = place_bid(bob, gig, price=100)
    first, second = (bob.page(f"/bids/{bid['id']}/edit") for _ in range(2))
    assert first.submit("#bid-form", price="110").status == 200
    refused = second.submit("#bid-form", price="90")
    assert refused.status == 409
    assert "another window" in refused.text
    assert refused.values("#bid-form")["price"] == "90"
    assert bob.get("/api/bids/mine").json()["bids"][0]["price"] == 110
    assert refused.submit("#bid-form").status == 200
    assert bob.get("/api/bids/mine").json()["bids"][0]["price"] == 90


def test_withdrawing_a_bid_asks_first_and_it_may_come_again(alice: Person, join: Join) -> None:
    bob = join("Bob Bidder")
    gig = post_job(alice, title="Poster")
    place_bid(bob, gig)
    shown = bob.page(PAGE.format(gig["id"]))
    asked = bob.page(shown.link("Withdraw"))
    assert "Poster" in asked.text
    done = asked.submit("#ask form")
    assert "You withdrew this bid. You can bid again." in done.text
    again = done.submit("#bid-form", message="After all", price="50")
    assert (again.status, again.path) == (200, PAGE.format(gig["id"]))
    assert [bid["status"] for bid in bob.get("/api/bids/mine").json()["bids"]] == ["pending", "withdrawn"]


def test_the_dialog_agrees_to_what_it_showed(alice: Person, bob: Person) -> None:
    """docs/domain.md, The price that one saw: a bid raised meanwhile is shown anew, not hired."""
    gig = post_job(alice)
    bid = place_bid(bob, gig, price=100)
    asked = alice.page(f"/bids/{bid['id']}/hire")
    bob.patch(f"/api/bids/{bid['id']}", {"price": 400})
    refused = asked.submit("#ask form")
    assert refused.status == 409
    assert "has changed since you opened it" in refused.text
    assert "$400" in refused.text
    assert alice.get(f"/api/gigs/{gig['id']}").json()["status"] == "open"
    assert refused.submit("#ask form").path.startswith("/orders/")
    assert alice.get(f"/api/gigs/{gig['id']}").json()["status"] == "assigned"


def test_the_dialog_sent_twice_is_healed(alice: Person, join: Join) -> None:
    """docs/domain.md, Hire: the dialog carries a key, so a lost answer is repeated and not refused."""
    bob = join("Bob Bidder")
    bid = place_bid(bob, post_job(alice))
    asked = alice.page(f"/bids/{bid['id']}/hire")
    assert asked.submit("#ask form").status == 200
    assert asked.submit("#ask form").status == 200
    assert len(bob.get("/api/notifications").json()["notifications"]) == 1


def test_a_dialog_that_is_too_late_offers_nothing(alice: Person, bob: Person, charlie: Person) -> None:
    gig = post_job(alice)
    bids = [place_bid(person, gig) for person in (bob, charlie)]
    asked = alice.page(f"/bids/{bids[0]['id']}/hire")
    hire(alice, bids[1])
    refused = asked.submit("#ask form")
    assert refused.status == 409
    assert "already been hired for this job" in refused.text
    assert not refused.all("#ask form button")
    assert refused.link("Close") == f"/gigs/{gig['id']}"
    assert alice.page(f"/bids/{bids[0]['id']}/hire").status == 409


def test_a_bid_that_is_no_longer_pending_says_so_instead_of_asking(
    alice: Person, bob: Person, charlie: Person
) -> None:
    gig = post_job(alice)
    declined, withdrawn = place_bid(bob, gig)["id"], place_bid(charlie, gig)["id"]
    alice.patch(f"/api/bids/{declined}/decline")
    charlie.patch(f"/api/bids/{withdrawn}/withdraw")
    for person, path, why in (
        (bob, f"/bids/{declined}/edit", "was declined"),
        (bob, f"/bids/{declined}/withdraw", "was declined"),
        (alice, f"/bids/{declined}/decline", "was declined"),
        (alice, f"/bids/{declined}/hire", "was declined"),
        (charlie, f"/bids/{withdrawn}/edit", "was withdrawn"),
        (alice, f"/bids/{withdrawn}/hire", "was withdrawn"),
    ):
        page = person.page(path)
        assert (page.status, why in page.text, page.all("main form")) == (409, True, []), path


def test_words_to_a_bid_that_was_declined_elsewhere_are_still_there(alice: Person, bob: Person) -> None:
    bid = place_bid(bob, post_job(alice))
    asked = alice.page(f"/bids/{bid['id']}/decline")
    alice.patch(f"/api/bids/{bid['id']}/decline")
    late = asked.submit("#ask form", reason="You were close.")
    assert (late.status, late.values("#ask form")["reason"]) == (409, "You were close.")
    assert not late.all("#ask button")


def test_dialogs_come_as_fragments(alice: Person, bob: Person) -> None:
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    at = PAGE.format(gig["id"])
    for person, path in (
        (alice, f"/bids/{bid['id']}/hire"),
        (bob, f"/bids/{bid['id']}/withdraw"),
        (alice, f"{at}/close"),
    ):
        fragment = person.fragment("GET", path, at=at)
        assert fragment.one("#ask")
        assert fragment.one("h2")
        assert not fragment.all("h1")
    asked = alice.fragment("GET", f"/bids/{bid['id']}/hire", at=at)
    values = asked.values("#ask form")
    assert values["price"] == "449.50"
    done = alice.fragment("POST", f"/bids/{bid['id']}/hire", at=at, **values)
    assert (done.status, done.response.headers["HX-Redirect"][:8]) == (204, "/orders/")


def test_a_bid_sent_by_htmx_answers_with_the_live_part(alice: Person, bob: Person) -> None:
    gig = post_job(alice)
    at = PAGE.format(gig["id"])
    refused = bob.fragment("POST", f"{at}/bids", at=at, message="", price="5")
    assert (refused.status, refused.errors("#bid-form").keys()) == (400, {"message"})
    sent = bob.fragment("POST", f"{at}/bids", at=at, message="Me", price="5")
    assert sent.status == 200
    assert sent.one("#gig-live #my-bid")


def test_my_work_sorts_the_bids_by_what_became_of_them(alice: Person, join: Join) -> None:
    bob = join("Bob Bidder")
    assert "You haven’t sent any bids yet" in bob.page("/freelancing").text
    gigs = [post_job(alice, title=f"Job {number}") for number in range(4)]
    bids = [place_bid(bob, gig) for gig in gigs]
    hire(alice, bids[0])
    bob.patch(f"/api/bids/{bids[1]['id']}/withdraw")
    alice.delete(f"/api/gigs/{gigs[2]['id']}")
    page = bob.page("/freelancing")
    assert page.texts("#sections h2") == ["Orders", "Bids", "Services"]
    assert page.texts("section[aria-labelledby=orders] .gig-title") == ["Job 0"]
    bids = "section[aria-labelledby=bids]"
    assert page.texts(f"{bids} .pills a") == ["Waiting 1", "Past 3"]
    assert page.texts(f"{bids} .gig-title") == ["Job 3"]
    past = bob.page(page.link("Past 3"))
    assert past.texts(f"{bids} [aria-current]") == ["Past 3"]
    assert past.texts(f"{bids} .gig-title") == ["Job 2", "Job 1", "Job 0"]
