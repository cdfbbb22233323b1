"""Another name: everywhere at once, on every device and process (docs/decisions/0003)."""

from collections.abc import Callable
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.market import JOB, change_profile, job_text, place_bid, post_job, unique_word
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for

Db = Database[dict[str, Any]]


def account_name(client: Client) -> str:
    """The name in the header of this device's pages."""
    return client.page("/jobs").texts("#account-menu .who")[0]


def test_a_new_name_is_everywhere_at_once(
    alice: Person, bob: Person, charlie: Person, visitor: Client
) -> None:
    title = unique_word()
    gig, elsewhere = post_job(alice, title=title), post_job(charlie)
    place_bid(alice, elsewhere)
    second_device = Client(alice.url)
    second_device.post("/api/auth/login", alice.credentials)

    def names() -> set[str]:
        return {
            visitor.get(f"/api/gigs?search={title}").json()["gigs"][0]["owner"]["name"],
            visitor.get(f"/api/gigs/{gig['id']}").json()["owner"]["name"],
            visitor.get(f"/api/users/{alice.id}").json()["name"],
            visitor.page(f"/u/{alice.id}").texts("h1")[0],
            charlie.get(f"/api/bids/{elsewhere['id']}").json()["bids"][0]["freelancer"]["name"],
            alice.get("/api/auth/me").json()["name"],
            account_name(alice),
            account_name(second_device),
        }

    def pages() -> tuple[str, str]:  # the first is answered from a copy
        return visitor.page(f"/jobs?q={title}").text, job_text(visitor.page(f"/gigs/{gig['id']}"))

    assert names() == {"Alice Owner"}
    assert all("Alice Owner" in text for text in pages())

    change_profile(alice, name="Alice Married")
    assert names() == {"Alice Married"}
    for text in pages():
        assert ("Alice Married" in text, "Alice Owner" in text) == (True, False)

    bob_reads = job_text(charlie.page(f"/gigs/{elsewhere['id']}"))
    assert ("Alice Married" in bob_reads, "Alice Owner" in bob_reads) == (True, False)

    # The same by the form.
    second_device.page("/settings/profile").submit("#profile-form", name="Alice Again")
    assert names() == {"Alice Again"}
    assert post_job(alice)["owner"]["name"] == "Alice Again"
    second_device.close()


def test_a_new_name_is_told_to_other_processes(
    alice: Person, server: Server, start_server: Callable[..., Server]
) -> None:
    """Their copies of lists are dropped by the change stream."""
    second = Client(start_server(mongo_db=server.mongo_db).url)
    title = post_job(alice, title=unique_word())["title"]

    def name() -> str:
        return str(second.get(f"/api/gigs?search={title}").json()["gigs"][0]["owner"]["name"])

    assert name() == "Alice Owner"
    change_profile(alice, name="Alice Elsewhere")
    wait_for(lambda: name() == "Alice Elsewhere", timeout=2)
    second.close()


def test_of_many_new_names_at_once_one_is_everywhere(alice: Person, db: Db) -> None:
    """Whichever wins, its copies are the same."""
    for number in range(3):
        post_job(alice, title=f"Job {number}")
    tabs = [alice.twin() for _ in range(6)]
    at_once(
        [
            lambda tab=tab, number=number: change_profile(tab, name=f"Alice {number}")
            for number, tab in enumerate(tabs)
        ]
    )
    person = ObjectId(alice.id)
    kept = db.users.find_one({"_id": person})
    assert kept is not None
    assert set(db.gigs.distinct("owner_name", {"owner_id": person})) == {kept["name"]}
    assert set(db.sessions.distinct("name", {"user_id": person})) == {kept["name"]}


def posts_until_refused(tab: Client) -> None:
    """Post jobs, one after another, until that is not allowed any more, or for a good while."""
    for _ in range(60):
        if tab.post("/api/gigs", JOB).status_code != 201:
            return


def test_a_job_that_is_posted_meanwhile_has_the_new_name(alice: Person, db: Db) -> None:
    """docs/decisions/0003: not for ever the name that was given up in the same moment."""
    for number in range(10):
        name, tabs = f"Alice {number}", [alice.twin() for _ in range(3)]
        at_once(
            [
                lambda name=name: change_profile(alice, name=name),
                *(lambda tab=tab: post_job(tab) for tab in tabs),
            ]
        )
        assert db.gigs.distinct("owner_name", {"owner_id": ObjectId(alice.id)}) == [name]


def test_a_job_that_is_posted_while_one_leaves_is_closed(join: Join, db: Db) -> None:
    """docs/domain.md, Leaving: it has nobody who could hire, and must not keep the name of who is gone."""
    for _ in range(4):
        leaver = join("Lea Leaver")
        tabs = [leaver.twin() for _ in range(3)]
        at_once(
            [
                lambda leaver=leaver: leaver.delete("/api/auth/account", {"password": leaver.password}),
                *(lambda tab=tab: posts_until_refused(tab) for tab in tabs),
            ]
        )
        gigs = {"owner_id": ObjectId(leaver.id)}
        assert db.gigs.distinct("status", gigs) in (["closed"], [])
        assert db.gigs.distinct("owner_name", gigs) in (["Somebody who left"], [])


def test_notices_that_were_sent_keep_the_name_of_their_day(alice: Person, bob: Person) -> None:
    place_bid(bob, post_job(alice, title="Poster"))
    change_profile(bob, name="Robert Bidder")
    assert (
        alice.get("/api/notifications").json()["notifications"][0]["message"]
        == "Bob Bidder has bid on “Poster”."
    )
