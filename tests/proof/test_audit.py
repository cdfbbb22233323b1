"""`flask gigflow audit`: it finds nothing after a busy life, and names every damage that is made by hand, each by the
check whose business it is, with the id of what is damaged (docs/domain.md, Invariants).
"""

import pytest

from gigflow.core.db import Db
from gigflow.proof.audit import CHECKS, READINGS, audit
from gigflow.proof.snapshot import Reading
from gigflow.schema import prepare
from tests.conftest import PASSWORD
from tests.proof import (
    damages_of_market,
    damages_of_money,
    damages_of_orders,
    damages_of_people,
    damages_of_talk,
)
from tests.proof.damages import Damage, damaged
from tests.proof.damages_of_money import BALANCES
from tests.proof.damages_of_orders import TERMS
from tests.proof.damages_of_people import ADMINS, DOUBLES, RECORD
from tests.support.client import Person
from tests.support.operator import disable, enable
from tests.support.server import Server

DAMAGES = (
    *damages_of_money.DAMAGES,
    *damages_of_orders.DAMAGES,
    *damages_of_market.DAMAGES,
    *damages_of_people.DAMAGES,
    *damages_of_talk.DAMAGES,
)
BY_WORDS: dict[str, Reading] = {words: reading for reading in READINGS for words in reading.words}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: f"{each.words[:40]}-{each.collection}")
def test_a_damage_is_named_by_its_check(lived: Server, inside: Db, damage: Damage) -> None:
    with damaged(lived.db, damage) as named:
        found = dict(audit(inside, [BY_WORDS[damage.words]]))
    assert any(named in problem for problem in found[damage.words]), (damage, named, found[damage.words])


def test_each_check_is_tried() -> None:
    assert BY_WORDS.keys() - {damage.words for damage in DAMAGES} == {DOUBLES}


def test_an_index_that_forbids_doubles_is_missed(lived: Server, inside: Db) -> None:
    lived.db.payments.drop_index("one_open_per_order")
    try:
        found = dict(audit(inside, [BY_WORDS[DOUBLES]]))[DOUBLES]
    finally:
        prepare(inside)
    assert ["one_open_per_order" in problem for problem in found] == [True]


def test_nothing_is_broken_afterwards(inside: Db) -> None:
    assert {words: problems for words, problems in audit(inside) if problems} == {}


def test_every_check_passes_after_a_busy_life(lived: Server, inside: Db) -> None:
    assert {words: problems for words, problems in audit(inside) if problems} == {}
    done = lived.command("gigflow", "audit")
    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    assert lines == [f"ok      {words}" for words in CHECKS]
    assert last.startswith(f"All {len(CHECKS)} checks hold, in ")


def test_the_newest_of_several_acts_about_somebody_counts(lived: Server, inside: Db) -> None:
    """Their rows used to come in the order of their names, so that a right that was given again was of nobody."""
    eve = Person(lived.url, "Eve", "eve@example.test", PASSWORD)
    reading = BY_WORDS[ADMINS]
    for change in (lived.make_admin, lived.revoke_admin, lived.make_admin):
        change(eve.email)
        assert dict(audit(inside, [reading]))[ADMINS] == []
    for act in (disable, enable, disable, enable, disable):
        act(lived, eve.email)
        assert dict(audit(inside, [reading]))[RECORD] == []
    theirs = {"email": eve.email}
    for words, change_by_hand in ((RECORD, {"disabled_at": None}), (ADMINS, {"is_admin": False})):
        with damaged(lived.db, Damage(words, "users", theirs, {"$set": change_by_hand})) as named:
            assert any(named in problem for problem in dict(audit(inside, [reading]))[words])
    lived.revoke_admin(eve.email)
    by_hand = Damage(ADMINS, "users", theirs, {"$set": {"is_admin": True}})
    with damaged(lived.db, by_hand) as named:
        assert any(named in problem for problem in dict(audit(inside, [reading]))[ADMINS])


def test_the_command_names_all_that_is_broken(lived: Server) -> None:
    """It used to end with the first: an operator had to mend one thing to hear of the next."""
    fee = Damage(TERMS, "orders", {"status": "in_progress"}, {"$set": {"fee_minor": 0}})
    balance = Damage(BALANCES, "balances", {"amount_minor": {"$gt": 0}}, {"$inc": {"amount_minor": 1}})
    with damaged(lived.db, fee) as order, damaged(lived.db, balance) as person:
        done = lived.command("gigflow", "audit")
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert told[told.index(f"BROKEN  {TERMS}") + 1].startswith(f"        the order {order} ")
    assert told[told.index(f"BROKEN  {BALANCES}") + 1].startswith(
        f"        the balance of the user {person} "
    )
    assert f"of {len(CHECKS)} broken, in " in told[-1]
    assert done.stdout.splitlines()[-1].startswith("ok      ")


def test_who_left_for_good_need_not_have_been_told(lived: Server, inside: Db) -> None:
    told = lived.db.notifications.find_one({"type": "order_paid"})
    assert told
    news = Damage("", "notifications", {"_id": told["_id"]}, {"$set": {"type": "order_reminder"}})
    left = Damage("", "users", {"_id": told["user_id"]}, {"$set": {"deleted_at": told["created_at"]}})
    with damaged(lived.db, news), damaged(lived.db, left):
        found = {
            words for words, problems in audit(inside) if problems and words.startswith("11. Both sides")
        }
    assert found == set()


def test_a_document_that_cannot_be_read_is_named_and_the_rest_is_read(lived: Server, inside: Db) -> None:
    odd = Damage("", "orders", {"status": "in_progress"}, {"$unset": {"events": "", "terms": ""}})
    fee = Damage("", "orders", {"status": "delivered"}, {"$set": {"fee_minor": 0}})
    with damaged(lived.db, odd) as unreadable, damaged(lived.db, fee) as other:
        problems = dict(audit(inside))[TERMS]
    assert any(f"the order {unreadable} cannot be read" in problem for problem in problems)
    assert any(f"the order {other} has another fee" in problem for problem in problems)
