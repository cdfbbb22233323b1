"""What time does for everybody: the fault of one thing is that one's alone (decisions 27 and 28)."""

import logging
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect, OperationFailure

from gigflow.core.each import ASIDE, Away, Each
from tests.conftest import Join
from tests.support.market import place_bid, post_job
from tests.support.money import delivered, in_progress, read
from tests.support.server import Server
from tests.support.ticks import poke
from tests.support.waiting import wait_for

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
BAD = 130  # more than one run does of a kind


class Row:
    """Things that are due in this order; the first `bad` of them cannot be done."""

    def __init__(self, bad: int, good: int, fault: Exception | None = None) -> None:
        self.due = list(range(bad + good))
        self.tried: list[int] = []
        self._bad, self._fault = bad, fault or ValueError("this one is broken")

    def find(self, limit: int) -> list[int]:
        return self.due[:limit]

    def work(self, thing: int) -> bool:
        self.tried.append(thing)
        if thing < self._bad:
            raise self._fault
        self.due.remove(thing)
        return True


def test_however_many_fail_the_next_is_done(caplog: pytest.LogCaptureFixture) -> None:
    """Each fault is one line that names the thing."""
    row, each = Row(bad=BAD, good=3), Each("The test of thing")
    assert each.do(row.find, row.work, NOW, 10) == 3
    assert row.due == list(range(BAD))
    assert [record.getMessage() for record in caplog.records] == [
        f"The test of thing {number} failed" for number in range(BAD)
    ]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


def test_what_failed_is_not_first_again_for_a_while() -> None:
    row, each = Row(bad=20, good=0), Each("The test of thing")
    each.do(row.find, row.work, NOW, 10)
    row.due.append(99)
    assert each.do(row.find, row.work, NOW + timedelta(seconds=15), 10) == 1
    assert row.tried[20:] == [99]
    each.do(row.find, row.work, NOW + ASIDE, 10)
    assert row.tried[21:] == list(range(20))
    each.do(row.find, row.work, NOW + 2 * ASIDE, 10)  # the second time it waits twice as long
    assert len(row.tried) == 41


def test_no_more_than_so_many_are_done_at_once() -> None:
    row = Row(bad=0, good=25)
    assert Each("The test of thing").do(row.find, row.work, NOW, 10) == 10


def test_things_that_others_did_hide_nobody() -> None:
    """Also where work finds that there is nothing to do, and it stays due."""
    done: list[int] = []

    def work(thing: int) -> bool:
        if thing == 99:
            done.append(thing)
        return thing == 99

    assert Each("The test of thing").do(lambda limit: [*range(30), 99][:limit], work, NOW, 10) == 1
    assert done == [99]


@pytest.mark.parametrize("fault", [Away(), AutoReconnect("the database is away")])
def test_if_what_all_need_is_away_nobody_asks_again(fault: Exception) -> None:
    row, each = Row(bad=5, good=0, fault=fault), Each("The test of thing")
    try:
        each.do(row.find, row.work, NOW, 10)
    except AutoReconnect:
        assert isinstance(fault, AutoReconnect)
    assert row.tried == [0]


def test_of_what_is_claimed_each_is_on_its_own(caplog: pytest.LogCaptureFixture) -> None:
    row = Row(bad=BAD, good=3, fault=OperationFailure("too large", 10334))
    waiting = iter([*row.due, None])
    assert Each("The test of thing").take(lambda: next(waiting), row.work, 10) == 3
    assert len(caplog.records) == BAD


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """A mail server that takes a connection and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def test_one_bad_order_and_a_mail_server_that_hangs_hold_up_nobody(
    silent: str, start_server: Callable[..., Server], join: Join
) -> None:
    """R1: the tick ended with the first order that could not be accepted. 130 of them stand before the good one."""
    server = start_server(SMTP_URL=silent)
    alice, bob = join("Alice", at=server), join("Bob", at=server)
    order = delivered(server, alice, bob)
    row = server.db.orders.find_one({"_id": ObjectId(order["id"])})
    assert row is not None
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    ids = [ObjectId(f"{number:024x}") for number in range(BAD)]
    bad = [
        {**row, "_id": each, "live": False, "terms": "torn", "accept_by": long_ago, "remind_at": long_ago}
        for each in ids
    ]
    orders = server.db.get_collection("orders")
    server.db.command("insert", orders.name, documents=bad, bypassDocumentValidation=True)
    orders.update_one({"_id": row["_id"]}, {"$set": {"accept_by": long_ago + timedelta(days=1)}})
    in_progress(server, alice, bob)  # money that comes wakes the house
    wait_for(lambda: read(alice, order)["status"] == "completed", what="the acceptance by time")

    def failed() -> list[str]:
        return [line["message"].split()[-2] for line in server.errors() if "by time" in line["message"]]

    wait_for(lambda: len(failed()) >= BAD, what="a line for each")
    assert sorted(failed()) == sorted(map(str, ids))
    orders.delete_many({"_id": {"$in": ids}})


def test_one_persons_bad_news_keep_no_letter_from_others(
    start_server: Callable[..., Server], join: Join
) -> None:
    server = start_server()
    alice, bob = join("Alice", at=server), join("Bob", at=server)
    place_bid(bob, post_job(alice, title="Poster"))
    news = server.db.notifications.find_one({"user_id": ObjectId(alice.id)})
    assert news is not None
    torn = {**news, "_id": ObjectId(), "fact": "torn", "user_id": ObjectId(), "type": "nothing like it"}
    torn["mail_at"] = datetime(2026, 1, 1, tzinfo=UTC)
    server.db.command("insert", "notifications", documents=[torn], bypassDocumentValidation=True)
    server.db.notifications.update_one({"_id": news["_id"]}, {"$set": {"mail_at": datetime.now(UTC)}})
    poke(server.db)
    letter = {"kind": "notifications", "data.user_id": ObjectId(alice.id)}
    sent = {"kind": "notifications", "sent_at": {"$exists": True}}
    wait_for(lambda: server.db.mails.find_one({"$or": [letter, sent]}), what="the letter")
