"""Somebody who owns very much is shut out: at once, the rest in pieces, and if a process dies a tick goes on."""

import subprocess
import sys
from datetime import UTC, datetime

from bson import ObjectId

from tests.conftest import Join
from tests.support.client import Person
from tests.support.market import post_job
from tests.support.operator import disable
from tests.support.server import ROOT, Server
from tests.support.ticks import do_house
from tests.support.waiting import wait_for

MANY = 1_200


def own_many_jobs(server: Server, person: Person, count: int = MANY) -> None:
    """Give this person as many open jobs more, as posting them would."""
    job = server.db.gigs.find_one({"_id": ObjectId(post_job(person)["id"])})
    assert job is not None
    server.db.gigs.insert_many([{**job, "_id": ObjectId()} for _ in range(count - 1)])


def open_jobs(server: Server, person: Person) -> int:
    return server.db.gigs.count_documents({"owner_id": ObjectId(person.id), "status": "open"})


def account(server: Server, person: Person) -> dict[str, object]:
    row = server.db.users.find_one({"_id": ObjectId(person.id)})
    assert row is not None
    return row


def test_a_killed_command_is_gone_on_with(server: Server, alice: Person) -> None:
    own_many_jobs(server, alice)
    command = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "gigflow", "disable", alice.email],
        env=server.environ,
        cwd=server.var_dir.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: open_jobs(server, alice) < MANY, what="the first piece")
    command.kill()
    command.wait()
    row = account(server, alice)
    assert row["disabled_at"] is not None
    assert alice.get("/api/auth/me").status_code == 401
    if row["leaving_at"] is not None:
        # As if the time had passed in which it is left to who began it.
        server.db.users.update_one({"_id": row["_id"]}, {"$set": {"pieces_until": datetime.now(UTC)}})
    do_house(server.house)
    wait_for(lambda: account(server, alice)["leaving_at"] is None, what="the last piece")
    assert open_jobs(server, alice) == 0


def test_one_feature_that_fails_does_not_stop_the_others(server: Server, alice: Person) -> None:
    """Nor does it let go of the account: the next try does what is left."""
    post_job(alice)
    broken = {"collMod": "gigs", "validator": {"status": {"$ne": "closed"}}}
    kept = server.db.command("listCollections", filter={"name": "gigs"})["cursor"]["firstBatch"][0]
    server.db.command(broken)
    try:
        disable(server, alice.email)
    finally:
        server.db.command({"collMod": "gigs", "validator": kept["options"]["validator"]})
    assert account(server, alice)["leaving_at"] is not None
    assert open_jobs(server, alice) == 1
    disable(server, alice.email)
    assert account(server, alice)["leaving_at"] is None
    assert open_jobs(server, alice) == 0


def test_a_name_in_very_many_jobs(server: Server, join: Join) -> None:
    """Renaming is as quick as its own row; the copies follow in pieces."""
    nina = join("Nina")
    own_many_jobs(server, nina, 250)
    assert nina.put("/api/users/profile", {"name": "Nina Again"}).status_code == 200
    named = {"owner_id": ObjectId(nina.id), "owner_name": "Nina Again"}
    wait_for(lambda: server.db.gigs.count_documents(named) == 250, what="the copies")
    wait_for(lambda: account(server, nina)["copying_at"] is None, what="the last piece")
