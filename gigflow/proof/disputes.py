"""What `audit` proves of disputes: whose numbers, in which round, and what they ended in (docs/domain.md, Dispute)."""

from datetime import timedelta
from typing import Any

from gigflow.core.db import Document
from gigflow.orders.deciding import DECIDED
from gigflow.orders.dispute_models import ROUND
from gigflow.proof.snapshot import Check, Problems
from gigflow.proof.whole import WholeOrder

_ENDINGS = {
    "settle": "settled",
    "settle_nothing": "settled",
    "decide": "decided",
    "decide_nothing": "decided",
}


def _disputes_are_those_of_the_timeline(whole: WholeOrder) -> Problems:
    order, told, kept = whole.order, whole.lived.disputed, whole.disputes
    begun = [(event["at"], event["actor"]) for event in told]
    if begun != [(row["created_at"], row["by"]) for row in kept]:
        yield f"{whole.name} was disputed {len(told)} times, and not so are the {len(kept)} disputes that it has"
    if order.get("dispute_id") != (kept[-1]["_id"] if kept else None):
        yield f"{whole.name} points at the dispute {order.get('dispute_id')}, which is not its newest"
    opened = [row["_id"] for row in kept if row["status"] == "open"]
    if len(opened) != (1 if order["status"] == "disputed" else 0):
        yield f"{whole.name} is {order['status']} and has {len(opened)} open disputes"


def _disputes_end_as_their_orders(whole: WholeOrder) -> Problems:
    if not whole.disputes or whole.order["status"] == "disputed":
        return
    order, dispute, ending = whole.order, whole.disputes[-1], whole.lived.ended_by
    name = f"the dispute {dispute['_id']} of {whole.name}"
    if dispute["status"] == "resumed":
        if dispute["closed_at"] != whole.lived.resumed_at:
            yield f"{name} was closed at {dispute['closed_at']}, and the order resumed at {whole.lived.resumed_at}"
        return
    if ending is None or _ENDINGS.get(ending["name"]) != dispute["status"]:
        yield f"{name} is {dispute['status']}, and the order went by {ending and ending['name']}"
        return
    if dispute["released_minor"] != order["released_minor"]:
        yield f"{name} ended with {dispute['released_minor']}, and the order with {order['released_minor']}"
    if dispute["closed_at"] != ending["at"]:
        yield f"{name} was closed at {dispute['closed_at']}, and the order ended at {ending['at']}"
    acts = [act["by"] for act in whole.acts if act["event"] == DECIDED]
    decided_by = dispute["decided_by"]
    if dispute["status"] == "settled" and decided_by:
        yield f"{name} is settled, decided by {decided_by}"
    elif dispute["status"] == "decided" and (acts[-1:] != [decided_by] if acts else decided_by is None):
        yield f"{name} is decided by {decided_by}, and the record says by {acts}"
    elif dispute["note"] != ending["data"].get("note", dispute["note"]):
        yield f"{name} has another note than its order tells"


def _numbers_can_be_named(whole: WholeOrder) -> Problems:
    """A number is part of what is held, of the round in which it was named, and as the timeline tells."""
    for dispute in whole.disputes:
        for side, offer in dispute["offers"].items():
            name = f"the number of the {side} in the dispute {dispute['_id']} of {whole.name}"
            if not 0 <= offer["amount_minor"] <= whole.order["price_minor"]:
                yield f"{name} is {offer['amount_minor']}, and {whole.order['price_minor']} is held"
            if offer["round"] != _round_of(dispute, offer):
                yield f"{name} is of round {offer['round']}, and not of when it was named"
    if not whole.disputes:
        return
    kept, told = whole.disputes[-1]["offers"], whole.lived.offers
    for side in ("client", "freelancer"):
        if _moment(kept.get(side)) != _moment(told.get(side)):
            yield f"the {side} of {whole.name} named a number at {_moment(told.get(side))}, which is not the one kept"


def _statements_are_those_of_the_timeline(whole: WholeOrder) -> Problems:
    if not whole.disputes:
        return
    kept, told = whole.disputes[-1].get("statements") or {}, whole.lived.statements
    for side in ("client", "freelancer"):
        if _moment(kept.get(side)) != _moment(told.get(side)):
            yield (
                f"the {side} in the dispute {whole.disputes[-1]['_id']} of {whole.name} gave a statement at"
                f" {_moment(told.get(side))}, which is not the one kept"
            )


def _numbers_that_meet_settle(whole: WholeOrder) -> Problems:
    for dispute in whole.disputes:
        name, offers = f"the dispute {dispute['_id']} of {whole.name}", dispute["offers"]
        asked, offered = offers.get("freelancer"), offers.get("client")
        of_one_round = asked and offered and asked["round"] == offered["round"]
        meet = of_one_round and asked["amount_minor"] <= offered["amount_minor"]
        if dispute["status"] == "open" and meet:
            yield f"{name} is open, and its numbers meet"
        if dispute["status"] != "settled":
            continue
        if not of_one_round:
            yield f"{name} was settled without two numbers of one round"
            continue
        numbers = asked["amount_minor"], offered["amount_minor"]
        # An odd unit is the client's.
        if not meet or dispute["released_minor"] != sum(numbers) // 2:
            yield f"{name} was settled at {dispute['released_minor']}, and the numbers are {numbers}"


def _round_of(dispute: Document, offer: Document) -> int:
    waited: timedelta = offer["at"] - dispute["created_at"]
    return 1 + max(timedelta(0), waited) // ROUND


def _moment(named: Document | None) -> Any:
    return named and named["at"]


CHECKS: tuple[Check, ...] = (
    ("9. Disputes are those of the timeline", _disputes_are_those_of_the_timeline),
    ("9. A dispute ends as its order does", _disputes_end_as_their_orders),
    ("9. Numbers in a dispute are of what is held, in their round", _numbers_can_be_named),
    ("9. Statements in a dispute are those of the timeline", _statements_are_those_of_the_timeline),
    ("9. Numbers that meet settle a dispute, in the middle", _numbers_that_meet_settle),
)
