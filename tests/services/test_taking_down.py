"""Services that an admin takes off the market, and what nobody decides about: their own (docs/states.md)."""

from typing import Any

import pytest

from tests.conftest import PASSWORD, Connect, Join, shared
from tests.services.moderating import approve, reject, row_of, take_down
from tests.support.client import Client, Person
from tests.support.invariants import Db
from tests.support.market import code_of, news_of, offer_service, put_into, unique_word
from tests.support.money import buy
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
root = shared("Root Admin", is_admin=True)
ann = shared("Ann Admin", is_admin=True)


def test_what_is_taken_down_is_gone_and_its_owner_told_why(
    alice: Person, bob: Person, root: Person, visitor: Client
) -> None:
    word = unique_word()
    service = offer_service(alice, title=word)
    answer = take_down(root, service, "Maps of this place are forbidden.")
    assert (answer.status_code, answer.json()["status"]) == (200, "rejected"), answer.text
    assert answer.json()["note"] == "Maps of this place are forbidden."
    assert news_of(alice, service) == [
        ("service_taken_down", f"“{word}” was taken off the market. See why, change it, and send it again.")
    ]
    for other in (visitor, bob):
        assert other.get(f"/api/gigs/{service['id']}").status_code == 404
    wait_for(lambda: visitor.get(f"/api/gigs/search?q={word}").json()["gigs"] == [])
    assert buy(bob, service).status_code == 404


def test_its_owner_changes_it_and_sends_it_again(alice: Person, root: Person, visitor: Client) -> None:
    """Also where services are not moderated; what nobody has approved is seen by nobody."""
    service = offer_service(alice)
    path = f"/api/gigs/{service['id']}"
    take_down(root, service)
    page = alice.page(f"/gigs/{service['id']}")
    assert "An admin took it off the market. Change it and submit it again" in page.text
    assert "Not allowed here." in page.text
    changed = alice.patch(path, {"description": "Something else."}).json()
    assert (changed["status"], visitor.get(path).status_code) == ("rejected", 404)
    assert page.submit(f"form[action='/gigs/{service['id']}/publish']").path == f"/gigs/{service['id']}"
    again = alice.get(path).json()
    assert (again["status"], again["note"], visitor.get(path).status_code) == ("pending", "", 404)
    assert alice.patch(path, {"description": "Something else again."}).json()["status"] == "pending"
    assert visitor.get(path).status_code == 404
    assert approve(root, alice.get(path).json()).json()["status"] == "live"
    assert "Something else again." in visitor.get(path).text


def test_an_edit_beside_a_taking_down_stays_off_the_market(alice: Person, root: Person, db: Db) -> None:
    for number in range(4):
        service = offer_service(alice)
        _, decided = at_once(
            [
                lambda it=service, n=number: alice.twin().patch(
                    f"/api/gigs/{it['id']}", {"title": f"New {n}"}
                ),
                lambda it=service: take_down(root.twin(), it),
            ]
        )
        if decided.status_code == 409:
            decided = take_down(root, service)
        assert decided.status_code == 200
        assert row_of(db, service)["status"] == "rejected"


@pytest.mark.parametrize("note", ["", "  ", None, "x" * 1001, {"$gt": ""}])
def test_a_taking_down_has_a_reason(note: object, alice: Person, root: Person) -> None:
    service = offer_service(alice)
    answer = root.post(f"/api/admin/services/{service['id']}/take-down", {"note": note})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"note"})
    assert alice.get(f"/api/gigs/{service['id']}").json()["status"] == "live"


def test_the_page_asks_and_takes_down(alice: Person, bob: Person, root: Person, connect: Connect) -> None:
    service = offer_service(alice, title="Atlas")
    path = f"/gigs/{service['id']}"
    assert bob.page(path).all("a[href*='/moderate/']") == []
    socket = connect(alice)
    socket.send("watch", {"gig": service["id"]})
    question = root.page(root.page(path).link("Take down"))
    assert "Orders that were placed continue." in question.text
    refused = question.submit("#ask form", note="")
    assert (refused.status, "Give a reason." in refused.text) == (400, True)
    assert refused.submit("#ask form", note="Forbidden.").path == path
    socket.wait("gig", lambda news: news["status"] == "rejected")
    assert "Forbidden." in root.page(path).text


def test_a_page_names_the_version_that_it_showed(alice: Person, root: Person, ann: Person) -> None:
    """The later of two admins is told by name, nothing that was typed is lost, and the next attempt is about what is
    there now.
    """
    service = offer_service(alice)
    path = f"/gigs/{service['id']}/moderate/take-down"
    late = root.page(path)
    alice.patch(f"/api/gigs/{service['id']}", {"title": "Another"})
    shown = late.submit("#ask form", note="Forbidden.")
    assert (shown.status, "has changed since you opened it" in shown.text) == (409, True)
    assert ("Another" in shown.text, shown.values("#ask form")["note"]) == (True, "Forbidden.")
    take_down(ann, service, "Spam.")
    shown = shown.submit("#ask form", note="Forbidden.")
    assert shown.status == 409
    assert "Ann Admin took this service down on " in shown.text
    assert "Spam." in shown.text
    assert shown.all("#ask form") == []
    assert len(news_of(alice, service)) == 1
    without = root.post(path, data={"note": "x", "csrf_token": root.form_token()})
    assert without.status_code == 400


def test_the_later_of_two_admins_is_told_what_was_decided(
    alice: Person, root: Person, ann: Person, db: Db
) -> None:
    """One decision, one notice, one row; at once or one after the other."""
    waiting = [put_into(db, offer_service(alice, title=f"Map {n}"), "pending") for n in range(4)]
    for service in waiting:
        answers = at_once(
            [lambda it=service: approve(ann.twin(), it), lambda it=service: reject(root.twin(), it)]
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        lost = next(answer for answer in answers if answer.status_code == 409)
        winner = "Root Admin rejected" if lost is answers[0] else "Ann Admin approved"
        assert lost.json()["message"].startswith(f"{winner} this service on "), lost.text
        assert code_of(lost) in ("version_changed", "service_state")
        assert len(news_of(alice, service)) == 1
        assert db.audit.count_documents({"subject.id": row_of(db, service)["_id"]}) == 1
    later = reject(root, waiting[0])
    assert code_of(later) == "version_changed"


@pytest.mark.parametrize("act", [approve, reject, take_down])
def test_nobody_decides_about_their_own(act: Any, root: Person, ann: Person, db: Db) -> None:
    """403 `own_gig`, and no button that fails."""
    own = offer_service(root)
    if act is not take_down:
        put_into(db, own, "pending")
    before = row_of(db, own)
    refused = act(root, own)
    assert (refused.status_code, code_of(refused)) == (403, "own_gig")
    assert row_of(db, own) == before
    page = root.page(f"/gigs/{own['id']}")
    assert page.all("a[href*='/moderate/']") == []
    if act is not take_down:
        assert "Another admin has to decide about it." in page.text
    word = act.__name__.replace("_", "-")
    assert root.get(f"/gigs/{own['id']}/moderate/{word}").status_code == 403
    assert act(ann, own).status_code == 200


def test_an_admin_whose_right_was_taken_a_moment_ago_decides_nothing(
    alice: Person, join: Join, server: Server, db: Db
) -> None:
    """The act conflicts with the end of the right: of the two, one comes second. Here it came first, on a device that
    does not know of it yet.
    """
    former = join("Former Admin", password=PASSWORD)
    server.make_admin(former.email)
    db.users.update_one({"email": former.email}, {"$set": {"is_admin": False}})
    service = offer_service(alice)
    assert take_down(former, service).status_code == 403
    assert row_of(db, service)["status"] == "live"
