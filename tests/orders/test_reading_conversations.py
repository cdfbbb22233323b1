"""What admins read of a conversation whose order is or was disputed: theirs alone, in the record, and without a trace
for the two.
"""

from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join, shared
from tests.support.client import Client, Json, Person
from tests.support.images import picture
from tests.support.invariants import Db
from tests.support.market import code_of, hire, place_bid, post_job
from tests.support.money import do, in_progress, pay
from tests.support.server import Server
from tests.support.talk import heard, open_talk, say, seen_in_inbox

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)


def upload(person: Person, name: str) -> Json:
    answer = person.post("/api/files", files=[("file", (name, picture(8, 8)))])
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


class Story:
    """A disputed order, and what its two sides have written: something was hidden, changed, and taken back."""

    def __init__(self, server: Server, alice: Person, bob: Person) -> None:
        job = post_job(alice, title="A long map")
        bid = place_bid(bob, job)
        self.talk = open_talk(bob, alice, gigId=job["id"])
        first = say(bob, self.talk, "Hello")
        assert alice.post(f"/api/users/{bob.id}/block").status_code == 200
        assert bob.patch(f"/api/chat/{self.talk}/{first['id']}", {"text": "Hello?!"}).status_code == 200
        self.hidden = say(bob, self.talk, "Answer me!")
        answer = hire(alice, bid)
        assert answer.status_code == 200, answer.text
        self.order = pay(server, alice, answer.json()["order"])
        assert alice.delete(f"/api/users/{bob.id}/block").status_code == 200
        changed = say(bob, self.talk, "Pay me elsewhere")
        assert bob.patch(f"/api/chat/{self.talk}/{changed['id']}", {"text": "Thank you"}).status_code == 200
        self.file = upload(bob, "map.png")
        taken = say(bob, self.talk, "Look at <this>", fileIds=[self.file["id"]])
        assert bob.delete(f"/api/chat/{self.talk}/{taken['id']}").status_code == 200
        self.kept = upload(alice, "plan.png")
        say(alice, self.talk, "My plan", fileIds=[self.kept["id"]])
        do(alice, self.order, "dispute", reason="Nothing comes.")

    @property
    def page(self) -> str:
        return f"/orders/{self.order['id']}/conversation"

    @property
    def api(self) -> str:
        return f"/api/admin/orders/{self.order['id']}/conversation"


@pytest.fixture(scope="module")
def story(server: Server, alice: Person, bob: Person) -> Story:
    return Story(server, alice, bob)


def read(admin: Client, path: str, **query: Any) -> Json:
    answer = admin.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def rows_of(db: Db, order: Json) -> list[Json]:
    """What the record has of readings about an order."""
    asked = {"event": "conversation_read", "subject.id": ObjectId(order["id"])}
    return list(db.audit.find(asked).sort("at"))


def test_an_admin_reads_all_that_was_said(root: Person, story: Story) -> None:
    found = read(root, story.api)
    assert (found["conversationId"], found["next"], found["lastSeq"]) == (story.talk, None, 8)
    assert [(each["seq"], each["kind"], each["text"], each["hidden"]) for each in found["messages"]] == [
        (1, "text", "Hello", False),
        (2, "edit", "", True),
        (3, "text", "Answer me!", True),
        (4, "text", "Thank you", False),
        (5, "edit", "", False),
        (6, "text", "", False),
        (7, "retract", "", False),
        (8, "text", "My plan", False),
    ]
    before = {each["seq"]: [version["text"] for version in each["versions"]] for each in found["messages"]}
    assert (before[4], before[6], before[8]) == (["Pay me elsewhere"], ["Look at <this>"], [])
    assert bool(found["messages"][5]["retractedAt"])
    assert [each["ownText"] for each in found["messages"]] == ["Hello?!", *[None] * 7]


def test_the_page_says_what_became_of_each(root: Person, story: Story) -> None:
    order = root.page(f"/orders/{story.order['id']}")
    page = root.page(order.link("Read their conversation"))
    assert page.path == story.page
    shown = {each.attrs["id"]: each.to_text() for each in page.all(".plain-list > li[id]")}
    assert list(shown) == ["m1", "m3", "m4", "m6", "m8"]
    began = [number for number, each in enumerate(page.texts(".plain-list > li")) if "began" in each]
    assert (began, page.link("“A long map”")) == ([2], order.path)
    assert "Hidden from Alice Owner" in shown["m3"]
    assert "only Bob Bidder reads it" in shown["m1"]
    assert "Hidden" not in shown["m1"]
    assert "Pay me elsewhere" in shown["m4"]
    assert "Taken back" in shown["m6"]
    assert "Look at <this>" in shown["m6"]
    assert not page.all("#composer")


def test_earlier_ones_are_a_link_away(root: Person, story: Story) -> None:
    first = read(root, story.api, limit=3)
    assert [each["seq"] for each in first["messages"]] == [6, 7, 8]
    rest = read(root, story.api, limit=10, before=first["next"])
    assert ([each["seq"] for each in rest["messages"]], rest["next"]) == ([1, 2, 3, 4, 5], None)
    page = root.page(f"{story.page}?before=4")
    assert [each.attrs["id"] for each in page.all(".plain-list > li[id]")] == ["m1", "m3"]
    assert page.link("Newest messages") == story.page


def test_files_come_through_it(root: Person, story: Story) -> None:
    """Also of what was taken back, while they are there; and none of anything else."""
    found = {each["seq"]: each["files"] for each in read(root, story.api)["messages"]}
    for seq, file in ((6, story.file), (8, story.kept)):
        assert [each["name"] for each in found[seq]] == [file["name"]]
        assert root.get(found[seq][0]["url"]).content == picture(8, 8)
        assert root.get(file["url"]).status_code == 404, "and in no other way"
    page = root.page(story.page)
    assert [each.attrs["href"] for each in page.all(".plain-list a[download]")] == [
        found[seq][0]["url"] for seq in (6, 8)
    ]
    for other in (upload(root, "own.png")["id"], ObjectId()):
        assert root.get(f"{story.api}/files/{other}").status_code == 404


def test_each_reading_is_in_the_record(
    root: Person, alice: Person, bob: Person, story: Story, join: Join, server: Server, db: Db
) -> None:
    """Of each admin, and once an hour."""
    db.audit.delete_many({"subject.id": ObjectId(story.order["id"])})
    read(root, story.api)
    root.page(story.page)
    second = join("Rita Admin")
    server.make_admin(second.email)
    second.page(story.page)
    rows = rows_of(db, story.order)
    assert [each["by"] for each in rows] == [ObjectId(root.id), ObjectId(second.id)]
    assert rows[0]["data"] == {"client_id": ObjectId(alice.id), "freelancer_id": ObjectId(bob.id)}


def test_nothing_is_marked(root: Person, alice: Person, bob: Person, story: Story, db: Db) -> None:
    kept = {"_id": ObjectId(story.talk)}
    before = db.conversations.find_one(kept)
    read(root, story.api)
    root.page(story.page)
    assert db.conversations.find_one(kept) == before
    assert before
    assert seen_in_inbox(alice, story.talk)["unread"] > 0
    assert heard(bob, story.talk)


def test_nobody_else_reads_it(
    alice: Person, bob: Person, charlie: Person, visitor: Client, story: Story, db: Db
) -> None:
    """SECURITY 16: for a stranger there is no such order."""
    count = len(rows_of(db, story.order))
    file = f"{story.api}/files/{story.kept['id']}"
    for person, status in ((alice, 403), (bob, 403), (charlie, 404)):
        for path in (story.page, story.api, file):
            assert person.get(path).status_code == status
    assert visitor.get(story.api).status_code == visitor.get(file).status_code == 401
    assert visitor.page(story.page).path.startswith("/login")
    assert "Read their conversation" not in alice.page(f"/orders/{story.order['id']}").text
    assert len(rows_of(db, story.order)) == count


def test_without_a_dispute_there_is_nothing_to_read(
    root: Person, alice: Person, bob: Person, server: Server, db: Db
) -> None:
    order = in_progress(server, alice, bob)
    for path in (f"/orders/{order['id']}/conversation", f"/api/admin/orders/{order['id']}/conversation"):
        assert root.get(path).status_code == 404
    assert "Read their conversation" not in root.page(f"/orders/{order['id']}").text
    assert rows_of(db, order) == []


def test_what_was_decided_can_still_be_read(root: Person, alice: Person, bob: Person, server: Server) -> None:
    """Also if the two have written nothing."""
    order = in_progress(server, alice, bob)
    do(bob, order, "dispute", reason="No answer.")
    assert root.post(f"/api/admin/orders/{order['id']}/complete", {"note": "So."}).status_code == 200
    found = read(root, f"/api/admin/orders/{order['id']}/conversation")
    assert (found["conversationId"], found["messages"]) == (None, [])
    page = root.page(root.page(f"/orders/{order['id']}").link("Read their conversation"))
    assert "They have written nothing here" in page.text


def test_an_admin_does_not_read_their_own(root: Person, alice: Person, server: Server) -> None:
    order = in_progress(server, alice, root)
    do(alice, order, "dispute", reason="Nothing comes.")
    refused = root.get(f"/api/admin/orders/{order['id']}/conversation")
    assert (refused.status_code, code_of(refused)) == (403, "own_order")
    assert "Read their conversation" not in root.page(f"/orders/{order['id']}").text
