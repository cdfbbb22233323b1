"""Two versions of GigFlow on one database, as in a restart that goes from process to process: neither drops, refuses or
needs what the other has changed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gigflow.core.db import create_missing
from gigflow.gigs.store import GIGS
from gigflow.schema import STEPS
from tests.conftest import Join
from tests.migrations import older
from tests.support.client import Client
from tests.support.market import post_job
from tests.support.server import Server
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def current(start_server: Callable[..., Server]) -> Server:
    return start_server()


@pytest.fixture(scope="module")
def made(current: Server) -> dict[str, Any]:
    """What this version has made, when no other one has been there yet."""
    return _as_it_is(current)


@pytest.fixture(scope="module")
def before(
    current: Server, made: dict[str, Any], mongo_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The version before, started on a database that this version has made."""
    folder = tmp_path_factory.mktemp("older")
    running = Server(mongo_uri, folder, current.mongo_db, program=Path(older.__file__))
    yield running
    running.stop()


def test_a_start_of_the_version_before_changes_nothing(
    current: Server, made: dict[str, Any], before: Server
) -> None:
    assert older.LEFT_OUT in made["indexes"]
    assert len(made["steps"]) == len(STEPS)
    assert _as_it_is(current) == made


def test_the_version_before_says_what_it_does_not_know(before: Server) -> None:
    assert STEPS[-1].name in before.output


def test_both_take_what_the_other_one_finds(current: Server, before: Server, join: Join) -> None:
    """A schema of the version before would have refused the job."""
    title = "Engrave the brass plate"
    for server in (current, before):
        job = post_job(join("Alice Owner", server), title=title)
        for other in (current, before):
            _wait_until_found(other, job["id"], "search=engrav")


@pytest.mark.parametrize("index", [older.LEFT_OUT, "newest"])
def test_a_search_whose_index_is_not_there_answers(
    current: Server, before: Server, join: Join, index: str
) -> None:
    """Not yet there, or no longer: slower, but the same."""
    job = post_job(join("Alice Owner", current), title="Varnish the violin")
    current.db.gigs.drop_index(index)
    try:
        for server in (current, before):
            _wait_until_found(server, job["id"], "search=varnish")
            _wait_until_found(server, job["id"], "")
    finally:
        create_missing(current.house.database, GIGS)


def _as_it_is(server: Server) -> dict[str, Any]:
    """Indexes, validator and steps of a database."""
    return {
        "indexes": server.db.gigs.index_information(),
        "validator": server.db.gigs.options(),
        "steps": list(server.db.migrations.find().sort("_id", 1)),
    }


def _wait_until_found(server: Server, job_id: str, query: str) -> None:
    """Another process hears of new words a moment later. Every answer is one."""
    wait_for(lambda: job_id in _found(server, query), what=f"{query} at {server.url}")


def _found(server: Server, query: str) -> list[str]:
    """Ids of the jobs that a search finds, which no copy answers: a longer query has none."""
    with_query = f"/api/gigs?{query}&{'_' * 600}"
    client = Client(server.url)
    answer = client.get(with_query)
    client.close()
    assert answer.status_code == 200, answer.text
    return [gig["id"] for gig in answer.json()["gigs"]]
