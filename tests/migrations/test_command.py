"""`flask gigflow migrate`, and what a start does with steps that are still to be done."""

from collections.abc import Callable

import pytest

from gigflow.schema import STEPS
from tests.conftest import Join
from tests.support.market import post_job
from tests.support.server import Server


@pytest.fixture
def old(start_server: Callable[..., Server], join: Join) -> Server:
    """A server whose database is of before there were steps: its one job has no words."""
    server = start_server()
    post_job(join("Alice Owner", server), title="Gild the frame")
    server.db.gigs.update_many({}, {"$unset": {"words": "", "title_words": ""}})
    server.db.words.delete_many({})
    server.db.migrations.drop()
    return server


def found(server: Server, join: Join) -> list[str]:
    answer = join("Bob Searcher", server).get(f"/api/gigs?search=gild&{'_' * 600}")
    return [gig["title"] for gig in answer.json()["gigs"]]


def test_an_old_database_is_brought_up_to_date_while_it_serves(old: Server, join: Join) -> None:
    listed = old.command("gigflow", "migrate", "--dry-run")
    assert f"{len(STEPS)} steps to be done." in listed.stdout
    assert old.db.migrations.count_documents({"done_at": {"$ne": None}}) == 0
    assert found(old, join) == []

    done = old.command("gigflow", "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(step.name in done.stdout for step in STEPS)
    assert found(old, join) == ["Gild the frame"]

    again = old.command("gigflow", "migrate")
    assert again.stdout == "The database is up to date.\n"


def test_a_start_says_what_the_operator_has_to_do(old: Server, start_server: Callable[..., Server]) -> None:
    """The database belongs to several machines: only the operator knows when."""
    later = start_server(old.mongo_db, whole=True)
    steps = ", ".join(str(step.number) for step in STEPS)
    assert f"GigFlow: The database waits for changes (steps {steps}): run `flask gigflow migrate`." in (
        later.log_path.read_text()
    )
    assert old.db.migrations.count_documents({"done_at": {"$ne": None}}) == 0


def test_a_missing_index_is_made_by_hand(server: Server) -> None:
    server.db.bids.drop_index("one_hired")
    made = server.command("gigflow", "migrate")
    assert (made.returncode, made.stderr) == (0, "")
    assert server.db.bids.index_information()["one_hired"]["unique"]
