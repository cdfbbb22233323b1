"""What somebody who works for others sees at a glance on "My work": load, next due days, earnings, availability."""

from datetime import UTC, datetime, timedelta

from bson import ObjectId

from tests.support.client import Person
from tests.support.invariants import Db
from tests.support.market import change_profile
from tests.support.money import do, in_progress
from tests.support.server import Server

DUE = "#load ~ .days .due"


def test_the_load_and_the_next_due_days(server: Server, alice: Person, bob: Person, db: Db) -> None:
    assert not bob.page("/freelancing").all("#load")
    orders = [in_progress(server, alice, bob) for _ in range(3)]
    now = datetime.now(UTC)
    for order, days in zip(orders, (3, 3, -1), strict=True):
        due = {"due_at": now + timedelta(days=days)}
        db.orders.update_one({"_id": ObjectId(order["id"])}, {"$set": due})
    page = bob.page("/freelancing")
    assert "3 orders in progress, the next is due" in page.text
    assert "1 is overdue" in page.text
    (day,) = page.all(DUE)
    assert "2 orders due" in day.to_text()
    assert len(page.all("#load ~ .days li")) == 14


def test_the_next_due_day_is_the_one_that_is_marked(
    server: Server, alice: Person, bob: Person, db: Db
) -> None:
    """In Tokyo, where the evening of one day in UTC is the morning of the next."""
    bob.put("/api/users/profile", {"timeZone": "Asia/Tokyo"})
    order = in_progress(server, alice, bob)
    evening = (datetime.now(UTC) + timedelta(days=3)).replace(hour=20)
    db.orders.update_one({"_id": ObjectId(order["id"])}, {"$set": {"due_at": evening}})
    page = bob.page("/freelancing")
    next_day = (evening + timedelta(days=1)).date().isoformat()
    (marked,) = page.all(f"{DUE} time")
    assert marked.attrs["datetime"].startswith(next_day)
    assert page.one("#load ~ p time").attrs["datetime"] == next_day


def test_earnings_by_month_are_net_and_in_the_readers_months(
    server: Server, alice: Person, bob: Person, db: Db
) -> None:
    assert "Nothing yet." in bob.page("/freelancing").text
    bob.put("/api/users/profile", {"timeZone": "Asia/Tokyo"})
    order = in_progress(server, alice, bob, price=200)
    do(bob, order, "deliver", message="Here.")
    do(alice, order, "accept")
    # The last hour of a month in UTC is in the next month in Tokyo.
    now = datetime.now(UTC)
    month = datetime(now.year, now.month, 1, tzinfo=UTC)
    then = {"created_at": month - timedelta(hours=1)}
    db.ledger.update_one({"key": f"release:{order['id']}"}, {"$set": then})
    page = bob.page("/freelancing")
    rows = list(zip(page.texts(".chart tbody th"), page.texts(".chart tbody td"), strict=True))
    assert len(rows) == 12
    assert dict(rows)[f"{month:%B %Y}"] == "$180"
    assert [value for _, value in rows].count("$0") == 11
    assert len(page.all(".chart rect")) == 1


def test_availability_is_changed_where_one_works(bob: Person) -> None:
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    form = "#availability details form"
    page = bob.page("/freelancing")
    refused = page.submit(form, availability="unavailable", availability_until="2020-01-01")
    assert (refused.status, refused.errors(form).keys()) == (400, {"availability_until"})
    away = refused.submit(form, availability_until=until)
    assert (away.path, "Unavailable" in away.text) == ("/freelancing", True)
    assert bob.get("/api/users/profile").json()["availabilityUntil"] == until
    back = away.submit("#availability > form")
    assert bob.get("/api/users/profile").json()["availability"] == "available"
    assert not back.all("#availability > form")


def test_a_change_in_place_answers_with_itself(bob: Person) -> None:
    change_profile(bob, availability="limited")
    changed = bob.fragment(
        "POST", "/settings/profile/availability", at="/freelancing", availability="available"
    )
    assert (changed.status, changed.texts("#availability .saved")) == (200, ["Saved"])
