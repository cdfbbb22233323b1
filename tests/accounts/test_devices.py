"""A person's devices: seen, and ended one by one or all at once (SECURITY 2 and 3)."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from tests.accounts.conftest import OpenDevice
from tests.accounts.steps import Db, audited, device_id, is_out, live_devices
from tests.conftest import Connect
from tests.support.client import Client, Json, Person
from tests.support.market import code_of
from tests.support.races import at_once
from tests.support.waiting import wait_for

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.6 Mobile/15E148 Safari/604.1"
)


def sessions(client: Client) -> list[Json]:
    answer = client.get("/api/auth/sessions")
    assert answer.status_code == 200
    assert answer.json()["next"] is None
    assert answer.json()["count"] == len(answer.json()["sessions"])
    found: list[Json] = answer.json()["sessions"]
    return found


def end_by_form(client: Client, device: str) -> int:
    """Press the button beside a device, without a page that shows it."""
    form = {"csrf_token": client.form_token()}
    return client.post(f"/settings/devices/{device}/end", data=form).status_code


def test_one_sees_ones_own_devices(alice: Person, bob: Person, open_device: OpenDevice, db: Db) -> None:
    """SECURITY 3: the current one is marked and comes first; nobody else's are among them."""
    phone = open_device(alice, **{"User-Agent": SAFARI})
    open_device(bob)
    seen = sessions(phone)
    assert [each["id"] for each in seen] == [device_id(phone), device_id(alice)]
    assert [each["current"] for each in seen] == [True, False]
    assert [each["current"] for each in sessions(alice)] == [True, False]
    assert sessions(alice)[0]["id"] == device_id(alice)
    assert seen[0].keys() == {"id", "_id", "current", "userAgent", "createdAt", "lastSeenAt"}
    assert seen[0]["userAgent"] == SAFARI
    assert seen[0]["_id"] == seen[0]["id"]
    assert seen[0]["createdAt"].endswith("Z")


def test_the_last_seen_come_first(alice: Person, open_device: OpenDevice, db: Db) -> None:
    phone, tablet = open_device(alice), open_device(alice)
    seen_at = datetime.now(UTC) + timedelta(hours=1)
    db.sessions.update_one({"_id": ObjectId(device_id(phone))}, {"$set": {"last_seen_at": seen_at}})
    assert [each["id"] for each in sessions(alice)] == [device_id(each) for each in (alice, phone, tablet)]


def test_a_renewed_device_was_seen(alice: Person, open_device: OpenDevice) -> None:
    phone = open_device(alice)
    before = next(each for each in sessions(alice) if not each["current"])
    assert phone.post("/api/auth/refresh").status_code == 200
    after = next(each for each in sessions(alice) if not each["current"])
    assert after["lastSeenAt"] > before["lastSeenAt"]
    assert after["createdAt"] == before["createdAt"]


def test_a_visitor_has_none(visitor: Client) -> None:
    for method, path in (
        ("GET", "/api/auth/sessions"),
        ("DELETE", "/api/auth/sessions"),
        ("DELETE", f"/api/auth/sessions/{'0' * 24}"),
    ):
        assert visitor.request(method, path).status_code == 401
    assert visitor.page("/settings/devices").one("h1").to_text() == "Sign in"


def test_ending_one(alice: Person, open_device: OpenDevice, connect: Connect, db: Db) -> None:
    """SECURITY 2 and 3: its page, its tokens and its open socket, at once; the others go on."""
    phone, tablet = open_device(alice), open_device(alice)
    copy_of_phone = phone.twin()
    ended, staying = connect(phone), connect(tablet)
    answer = alice.delete(f"/api/auth/sessions/{device_id(phone)}")
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert phone.page("/hiring").one("h1").to_text() == "Sign in"
    assert is_out(phone)
    assert is_out(copy_of_phone)
    wait_for(lambda: not ended.connected)
    assert ended.of("signed_out") == [{}]
    assert (is_out(tablet), is_out(alice)) == (False, False)
    assert staying.connected
    assert {each["id"] for each in sessions(alice)} == {device_id(alice), device_id(tablet)}
    assert audited(db, alice, "device_ended") == 1


def test_ending_all_others(
    alice: Person, bob: Person, open_device: OpenDevice, connect: Connect, db: Db
) -> None:
    """SECURITY 2 and 3."""
    others = [open_device(alice) for _ in range(3)]
    sockets = [connect(other) for other in others]
    own = connect(alice)
    answer = alice.delete("/api/auth/sessions")
    assert (answer.status_code, answer.json()) == (200, {"ended": 3})
    assert all(is_out(other) for other in others)
    for socket in sockets:
        wait_for(lambda socket=socket: not socket.connected)
        assert socket.of("signed_out") == [{}]
    assert own.connected
    assert (is_out(alice), is_out(bob)) == (False, False)
    assert [each["current"] for each in sessions(alice)] == [True]
    assert alice.delete("/api/auth/sessions").json() == {"ended": 0}
    assert audited(db, alice, "devices_ended") == 1


def test_the_current_one_can_end_itself(alice: Person, open_device: OpenDevice, connect: Connect) -> None:
    phone = open_device(alice)
    socket = connect(phone)
    assert phone.delete(f"/api/auth/sessions/{device_id(phone)}").status_code == 200
    assert is_out(phone)
    wait_for(lambda: not socket.connected)
    assert not is_out(alice)


def test_nobody_ends_a_device_of_somebody_else(
    alice: Person, charlie: Person, root: Person, visitor: Client
) -> None:
    """SECURITY 3 and 16: a stranger cannot tell it from one that is not there, and neither can an admin."""
    own = device_id(alice)
    for client in (charlie, root):
        there, nowhere = (client.delete(f"/api/auth/sessions/{each}") for each in (own, str(ObjectId())))
        assert (there.status_code, code_of(there)) == (404, "device_not_found")
        assert there.json()["message"] == nowhere.json()["message"]
        assert end_by_form(client, own) == 404
    assert visitor.delete(f"/api/auth/sessions/{own}").status_code == 401
    assert not is_out(alice)


@pytest.mark.parametrize("nothing", ["f" * 24, "nonsense", "0", "%00", "a" * 500, "💥", "$gt"])
def test_an_id_that_no_device_has_is_404(nothing: str, alice: Person) -> None:
    assert alice.delete(f"/api/auth/sessions/{nothing}").status_code == 404
    assert end_by_form(alice, nothing) == 404
    assert not is_out(alice)


def test_an_ended_one_is_not_there_any_more(alice: Person, open_device: OpenDevice, db: Db) -> None:
    gone = device_id(open_device(alice))
    assert alice.delete(f"/api/auth/sessions/{gone}").status_code == 200
    assert alice.delete(f"/api/auth/sessions/{gone}").status_code == 404
    assert end_by_form(alice, gone) == 404
    assert audited(db, alice, "device_ended") == 1


def test_two_that_end_each_other_at_once(alice: Person, open_device: OpenDevice, db: Db) -> None:
    """Both may succeed, as each asked while it was signed in; but never is one half out."""
    phone = open_device(alice)
    answers = at_once(
        [
            lambda: alice.delete(f"/api/auth/sessions/{device_id(phone)}"),
            lambda: phone.delete(f"/api/auth/sessions/{device_id(alice)}"),
        ]
    )
    assert {answer.status_code for answer in answers} <= {200, 401}
    live = live_devices(db, alice)
    assert [not is_out(each) for each in (alice, phone)] == [
        device_id(each) in live for each in (alice, phone)
    ]


def test_a_sign_in_beside_the_end_of_all_others_is_not_half_there(
    alice: Person, visitor: Client, db: Db
) -> None:
    """It came before and is out, or after and is in: its answer, its row and its cookies agree."""
    tabs = [visitor.twin() for _ in range(5)]
    at_once(
        [
            lambda: alice.delete("/api/auth/sessions"),
            *[lambda tab=tab: tab.post("/api/auth/login", alice.credentials) for tab in tabs],
        ]
    )
    live = live_devices(db, alice)
    assert [not is_out(tab) for tab in tabs] == [device_id(tab) in live for tab in tabs]
    assert device_id(alice) in live


def test_by_the_page(alice: Person, open_device: OpenDevice) -> None:
    """Without JavaScript."""
    phone, laptop = (open_device(alice, **{"User-Agent": agent}) for agent in (SAFARI, FIREFOX))
    page = alice.page("/settings/devices")
    assert "Mobile Safari on iOS" in page.text
    assert "Firefox on Linux" in page.text
    assert page.text.count("This device") == 1
    forms = page.all("li.device form")
    assert len(forms) == 2  # this one is not offered to be ended; that is signing out

    done = page.submit(f"form[action='/settings/devices/{device_id(phone)}/end']")
    assert (done.status, done.path) == (200, "/settings/devices?ended=1")
    assert "1 device is signed out." in done.text
    assert "iOS" not in done.text
    assert is_out(phone)
    assert not is_out(laptop)

    open_device(alice)
    done = alice.page("/settings/devices").submit("form[action='/settings/devices/end-others']")
    assert (done.status, done.path) == (200, "/settings/devices?ended=2")
    assert "2 devices are signed out." in done.text
    assert done.all("li.device form") == []
    assert done.all("form[action='/settings/devices/end-others']") == []
    assert is_out(laptop)
    assert not is_out(alice)


def test_by_a_swap_of_the_page(alice: Person, open_device: OpenDevice) -> None:
    phone = open_device(alice)
    swapped = alice.fragment("POST", f"/settings/devices/{device_id(phone)}/end", at="/settings/devices")
    assert swapped.status == 200
    assert swapped.all("#devices")
    assert "1 device is signed out." in swapped.text
    assert is_out(phone)


def test_ending_the_current_one_by_the_page_is_signing_out(alice: Person) -> None:
    form = {"csrf_token": alice.form_token()}
    answer = alice.post(f"/settings/devices/{device_id(alice)}/end", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert (alice.cookie("token"), alice.cookie("refresh_token")) == (None, None)


@pytest.mark.parametrize("agent", ["", "x" * 5000, "<b>bold</b>", "curl/8.16.0", "Mozilla/5.0 💥"])
def test_whatever_a_device_calls_itself(agent: str, alice: Person, open_device: OpenDevice) -> None:
    """Anybody can claim anything: it is cut, and never more than text."""
    other = open_device(alice, **{"User-Agent": agent.encode()})  # type: ignore[dict-item]
    found = next(each for each in sessions(alice) if each["id"] == device_id(other))
    assert len(found["userAgent"]) <= 300
    page = alice.page("/settings/devices")
    assert page.status == 200
    assert len(page.all("li.device")) == 2
    assert page.all("li.device b") == []


def test_a_device_that_was_not_seen_for_thirty_days_is_forgotten(alice: Person, db: Db) -> None:
    """SECURITY 4: the refresh token has ended by then, and the database removes the row by itself."""
    assert db.sessions.index_information()["expiry"]["expireAfterSeconds"] == 0
    session = db.sessions.find_one({"user_id": ObjectId(alice.id)})
    assert session is not None
    assert session["expires_at"] - session["last_seen_at"] == timedelta(days=30)
