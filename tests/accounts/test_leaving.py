"""Deleting the account: what goes, what stays, and what keeps somebody from it (docs/domain.md, Leaving)."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from tests.accounts.conftest import OpenDevice
from tests.accounts.steps import (
    DELETED,
    LEFT,
    USED_UP,
    Db,
    ask_email_change,
    ask_reset,
    audited,
    everything_in,
    is_out,
    leave,
    left,
    letters_are_done,
    signs_in,
    status_of,
)
from tests.conftest import PASSWORD, Connect, Join
from tests.support.client import Client, Json, Person
from tests.support.images import picture
from tests.support.invariants import check_jobs
from tests.support.mailbox import Outbox
from tests.support.market import BID, code_of, hire, job_text, place_bid, post_job, unique_word
from tests.support.money import calls_are_made, do, pay
from tests.support.server import Server
from tests.support.ticks import do_house
from tests.support.waiting import wait_for


def show_pictures(person: Person) -> list[str]:
    """Give this person a picture and a piece with one; returns the addresses of both."""
    file = {"picture": ("me.png", picture(), "image/png")}
    answer = person.put("/api/users/profile/picture", files=file)
    assert answer.status_code == 200, answer.text
    assert person.put("/api/users/profile", {"portfolio": [{"title": "A tower of glass"}]}).status_code == 200
    piece = person.get("/api/users/profile").json()["portfolio"][0]["id"]
    answer = person.put(f"/api/users/profile/portfolio/{piece}/picture", files=file)
    assert answer.status_code == 200, answer.text
    profile = answer.json()
    return [profile["picture"]["small"], profile["portfolio"][0]["picture"]["large"]]


def complete(server: Server, client: Person, freelancer: Person, order: Json) -> None:
    """The work is done, and its money is where it belongs."""
    do(freelancer, pay(server, client, order), "deliver", message="Here it is.")
    do(client, order, "accept")
    assert freelancer.post("/api/payment/payouts").status_code == 201
    calls_are_made(server)
    sent = datetime.now(UTC) - timedelta(days=7)  # since when a bank could have sent it back
    server.db.payouts.update_many({"user_id": ObjectId(freelancer.id)}, {"$set": {"updated_at": sent}})


def test_the_password_is_asked(alice: Person, bob: Person, visitor: Client) -> None:
    """A stolen device is not enough."""
    for wrong in ("wrong password", bob.password + "x", "", None, {"$gt": ""}):
        answer = leave(alice, wrong)
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
        assert answer.json()["error"]["fields"].keys() == {"password"}
    assert leave(visitor, alice.password).status_code == 401
    assert not is_out(alice)
    assert signs_in(alice.url, alice.email, alice.password)


def test_by_the_pages(alice: Person, db: Db) -> None:
    """Without JavaScript: asked first, and the password."""
    page = alice.page(alice.page("/settings/account").link("Delete my account"))
    assert "This cannot be undone." in page.text
    assert not is_out(alice)  # looking changes nothing
    wrong = page.submit("#ask form", password="wrong password")
    assert (wrong.status, wrong.errors("#ask form").keys()) == (400, {"password"})
    done = wrong.submit("#ask form", password=alice.password)
    assert (done.status, done.path) == (200, "/login?notice=deleted")
    assert "Your account is deleted." in done.text
    assert (alice.cookie("token"), alice.cookie("refresh_token")) == (None, None)
    assert audited(db, alice, "account_deleted") == 1


def test_nobody_is_signed_in_any_more(
    alice: Person, bob: Person, open_device: OpenDevice, connect: Connect, db: Db
) -> None:
    """SECURITY 2: devices, tokens and sockets, at once; nobody else's."""
    phone, thief = open_device(alice), alice.twin()
    sockets = [connect(alice), connect(phone)]
    strangers = connect(bob)
    left(alice)
    assert (is_out(phone), is_out(thief)) == (True, True)
    for socket in sockets:
        wait_for(lambda socket=socket: not socket.connected)
        assert socket.of("signed_out") == [{}]
    assert not signs_in(alice.url, alice.email, alice.password)
    assert db.sessions.count_documents({"user_id": ObjectId(alice.id)}) == 0
    assert (is_out(bob), strangers.connected) == (False, True)


def test_everything_personal_is_gone(join: Join, outbox: Outbox, server: Server, db: Db) -> None:
    """From every collection: what the person said, what they were told, and their pictures with every size."""
    bio, headline, skill, message = (unique_word() for _ in range(4))
    nina, other = join("Nina"), join("Other")
    words = {"bio": f"I am {bio}.", "headline": headline, "skills": [skill]}
    assert nina.put("/api/users/profile", words).status_code == 200
    addresses = show_pictures(nina)
    wanted = f"{message}@example.test"
    ask_email_change(nina, nina.password, wanted, outbox)
    ask_reset(nina.url, nina.email, outbox)
    post_job(nina)
    place_bid(nina, post_job(other), message=f"I, {message}, have built forty of these.")
    place_bid(other, post_job(nina))
    personal = (nina.email, wanted, bio, headline, skill, message, "A tower of glass")
    stored = everything_in(db)
    assert [word for word in personal if word not in stored] == []

    left(nina)
    outbox.wait_for(nina.email, DELETED)
    letters_are_done(db)
    do_house(server.house)  # which clears up
    owned = {"owner_id": ObjectId(nina.id)}
    wait_for(lambda: db.pictures.count_documents(owned) == 0, what="the clearing up")
    stored = everything_in(db)
    assert [word for word in personal if word in stored] == []
    assert db["picture_files.files"].count_documents({"metadata.owner_id": ObjectId(nina.id)}) == 0
    files = {row["_id"] for row in db["picture_files.files"].find()}
    assert {row["files_id"] for row in db["picture_files.chunks"].find()} <= files
    for address in addresses:
        assert other.get(address).status_code == 404
    user = db.users.find_one({"_id": ObjectId(nina.id)})
    assert user is not None
    assert (user["name"], user["password_hash"], user["email_change"]) == (LEFT, "", None)


def test_the_name_is_gone_also_from_what_others_were_told(join: Join, db: Db) -> None:
    """A notification says who has bid, and a job whose it is."""
    first = unique_word()
    nina, other = join(f"{first} Newcomer"), join("Other")
    post_job(nina)
    place_bid(nina, post_job(other))
    assert first in other.get("/api/notifications").text
    left(nina)
    letters_are_done(db)
    assert first not in other.get("/api/notifications").text
    assert first not in other.get("/notifications").text
    assert first not in everything_in(db)


def test_a_good_bye_is_the_last_letter(alice: Person, outbox: Outbox, db: Db) -> None:
    left(alice)
    letter = outbox.wait_for(alice.email, DELETED)
    assert "Hello Alice Owner," in letter.text
    letters_are_done(db)
    Client(alice.url).post("/api/auth/forgot", {"email": alice.email})
    letters_are_done(db)
    assert outbox.of(alice.email)[-1].subject == DELETED


def test_links_that_were_mailed_are_dead(alice: Person, visitor: Client, outbox: Outbox, db: Db) -> None:
    confirm = ask_email_change(alice, alice.password, f"new-{alice.email}", outbox)
    reset = ask_reset(alice.url, alice.email, outbox)
    left(alice)
    for path in (f"/reset/{reset}", f"/confirm/{confirm}"):
        assert USED_UP in visitor.page(path).text
    answer = visitor.post("/api/auth/reset", {"token": reset, "password": PASSWORD})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_token")
    form = {"csrf_token": visitor.form_token()}
    assert visitor.post(f"/confirm/{confirm}", data=form).status_code == 400
    assert db.tokens.count_documents({"user_id": ObjectId(alice.id)}) == 0


def test_the_address_is_free_again(alice: Person, visitor: Client) -> None:
    """For a new account, which has nothing of the old one."""
    gig = post_job(alice)
    left(alice)
    account = {"name": "Alice Again", "email": alice.email, "password": PASSWORD}
    answer = visitor.post("/api/auth/register", account)
    assert answer.status_code == 201
    assert answer.json()["id"] != alice.id
    assert visitor.get("/api/gigs/mine").json()["gigs"] == []
    assert visitor.get(f"/api/gigs/{gig['id']}").json()["ownerId"] == alice.id
    assert visitor.patch(f"/api/gigs/{gig['id']}", {"title": "Mine"}).status_code == 403


def test_there_is_nobody_at_their_address(alice: Person, charlie: Person, visitor: Client) -> None:
    left(alice)
    for client in (charlie, visitor):
        for path in (f"/api/users/{alice.id}", f"/u/{alice.id}"):
            assert client.get(path).status_code == 404


def test_open_jobs_are_closed_and_bidders_told(
    alice: Person, bob: Person, charlie: Person, connect: Connect, db: Db
) -> None:
    """docs/domain.md, Leaving."""
    gig, quiet, other = post_job(alice), post_job(alice), post_job(charlie)
    bid = place_bid(bob, gig)
    socket = connect(bob)
    left(alice)
    (told,) = socket.wait("notification", lambda news: news["type"] == "job_closed")
    assert (told["gigId"], told["bidId"]) == (gig["id"], bid["id"])
    assert status_of(db, bid) == "rejected"
    for each in (gig, quiet):
        shown = charlie.get(f"/api/gigs/{each['id']}").json()
        assert (shown["status"], shown["owner"]["name"]) == ("closed", LEFT)
    assert charlie.page(f"/gigs/{gig['id']}").status == 200
    assert charlie.get(f"/api/gigs/{other['id']}").json()["status"] == "open"
    open_now = {each["id"] for each in charlie.get("/api/gigs?limit=100").json()["gigs"]}
    assert not open_now & {gig["id"], quiet["id"]}
    refused = charlie.post("/api/bids", {**BID, "gigId": gig["id"]})
    assert (refused.status_code, code_of(refused)) == (409, "gig_not_open")


def test_pending_bids_are_withdrawn_and_owners_told(
    alice: Person, bob: Person, charlie: Person, connect: Connect, db: Db
) -> None:
    """And the counts are right (docs/domain.md, Invariants)."""
    gigs = [post_job(alice), post_job(alice)]
    bids = [place_bid(bob, gig) for gig in gigs]
    stays = place_bid(charlie, gigs[0])
    socket = connect(alice)
    left(bob)
    told = socket.wait("notification", lambda news: news["type"] == "bid_withdrawn", count=2)
    assert {news["gigId"] for news in told} == {gig["id"] for gig in gigs}
    assert {LEFT in news["message"] for news in told} == {True}
    assert [status_of(db, bid) for bid in (*bids, stays)] == ["withdrawn", "withdrawn", "pending"]
    check_jobs(db, *(gig["id"] for gig in gigs))
    assert [alice.get(f"/api/gigs/{gig['id']}").json()["bidCount"] for gig in gigs] == [1, 0]
    read = alice.get(f"/api/bids/{gigs[0]['id']}").json()["bids"]
    assert {bid["freelancer"]["name"] for bid in read} == {LEFT, "Charlie Stranger"}
    assert alice.page(f"/gigs/{gigs[0]['id']}").status == 200
    assert hire(alice, bids[0]).status_code == 409
    assert hire(alice, stays).status_code == 200


@pytest.mark.parametrize("who_leaves", ["owner", "freelancer"])
def test_an_agreement_under_way_keeps_both_sides(
    who_leaves: str, server: Server, alice: Person, bob: Person, charlie: Person, db: Db
) -> None:
    """docs/domain.md, Leaving: refused, saying what has to be finished; nothing of it happens."""
    gig, other = post_job(alice), post_job(charlie)
    bid, waiting = place_bid(bob, gig), place_bid(bob, other)
    still_open = post_job(alice)
    order = hire(alice, bid).json()["order"]
    person = {"owner": alice, "freelancer": bob}[who_leaves]

    refused = leave(person, person.password)
    assert (refused.status_code, code_of(refused)) == (409, "not_finished")
    assert "that has not ended yet" in refused.json()["message"]
    page = person.page("/settings/account/delete")
    assert "that has not ended yet" in page.text
    assert page.all("#ask form") == []
    form = {"csrf_token": person.form_token(), "password": person.password}
    assert person.post("/settings/account/delete", data=form).status_code == 409
    assert not is_out(person)
    assert (status_of(db, bid), status_of(db, waiting)) == ("hired", "pending")
    assert charlie.get(f"/api/gigs/{still_open['id']}").json()["status"] == "open"
    check_jobs(db, gig["id"], other["id"])

    complete(server, alice, bob, order)
    left(person)


@pytest.mark.parametrize("who_leaves", ["owner", "freelancer"])
def test_a_finished_contract_stays_readable_to_the_other(
    who_leaves: str, server: Server, alice: Person, bob: Person, charlie: Person
) -> None:
    """Its words and its price, without the name of who left; and not to strangers."""
    gig = post_job(alice, title="A bridge of paper")
    bid = place_bid(bob, gig, message="Folded twice.")
    complete(server, alice, bob, hire(alice, bid).json()["order"])
    person, other = (alice, bob) if who_leaves == "owner" else (bob, alice)
    left(person)

    shown = other.get(f"/api/gigs/{gig['id']}").json()
    assert (shown["title"], shown["status"]) == ("A bridge of paper", "completed")
    page = other.page(f"/gigs/{gig['id']}")
    assert (page.status, page.one("h1").to_text()) == (200, "A bridge of paper")
    if who_leaves == "owner":
        assert shown["owner"]["name"] == LEFT
        assert other.get("/api/bids/mine").json()["bids"][0]["message"] == "Folded twice."
        assert other.page("/freelancing").status == 200
    else:
        (read,) = other.get(f"/api/bids/{gig['id']}").json()["bids"]
        assert (read["message"], read["price"], read["status"]) == ("Folded twice.", 449.5, "hired")
        assert read["freelancer"]["name"] == LEFT
        assert "Folded twice." in page.text
        assert other.page("/hiring").status == 200
    assert person.name not in job_text(page)
    assert charlie.get(f"/api/bids/{gig['id']}").status_code == 403


def test_what_was_left_long_ago_counts_as_leaving_at_that_time(alice: Person, db: Db) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    left(alice)
    row = db.users.find_one({"_id": ObjectId(alice.id)})
    assert row is not None
    assert row["disabled_at"] == row["deleted_at"] >= before
