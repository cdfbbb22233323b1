"""What `flask gigflow audit` proves of orders by their timelines (DOMAIN.md, Invariants 9 and 11).

Each change was allowed, what belongs to it is there, and those whom it concerns were told.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping

from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.core.db import Declared, Document
from gigflow.core.files import chunks_of
from gigflow.core.transitions import AS_IT_WAS
from gigflow.files.store import BUCKET, FILES
from gigflow.notifications.models import NotificationType
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.orders.models import ORDER, PAID, other
from gigflow.orders.store import CANCELLATIONS, DELIVERIES, DISPUTES, ORDERS
from gigflow.proof.snapshot import Check, Problems, Snapshot

# What people are told of a change in an order's timeline, and who: one side, both, or the one that did not do it.
NEWS: Mapping[str, tuple[NotificationType, str]] = {
    "pay": ("order_paid", "both"),
    "call_off": ("order_cancelled", "other"),
    "expire": ("order_cancelled", "both"),
    "deliver": ("order_delivered", "client"),
    "revise": ("changes_asked", "freelancer"),
    "accept": ("order_completed", "freelancer"),
    "auto_accept": ("order_completed", "both"),
    "ask_to_cancel": ("cancellation_asked", "other"),
    "take_back": ("cancellation_answered", "other"),
    "refuse": ("cancellation_answered", "other"),
    "agree_to_cancel": ("order_cancelled", "other"),
    "escalate": ("order_disputed", "both"),
    "dispute": ("order_disputed", "other"),
    "settle": ("order_decided", "both"),
    "settle_nothing": ("order_decided", "both"),
    "decide": ("order_decided", "both"),
    "decide_nothing": ("order_decided", "both"),
}


def _every_change_is_in_the_table(at: Snapshot) -> Problems:
    for order in at.rows(ORDERS):
        state = None
        for event in order["events"]:
            step = ORDER.transitions.get(event["name"])
            if step is None or (state not in step.sources if step.sources else state is not None):
                yield f"the order {order['_id']} went by {event['name']} from {state}"
                break
            state = state if step.target == AS_IT_WAS else step.target
        else:
            if state != order["status"]:
                yield f"the order {order['_id']} is {order['status']}, and its timeline ends {state}"


def _whoever_changed_it_was_allowed_to(at: Snapshot) -> Problems:
    for order in at.rows(ORDERS):
        for event in order["events"]:
            step = ORDER.transitions.get(event["name"])
            if step and event["actor"] not in step.actors:
                yield f"the order {order['_id']} went by {event['name']}, done by {event['actor']}"


def _wishes_are_answered_by_the_other(at: Snapshot) -> Problems:
    wishes = Counter((row["order_id"], row["by"]) for row in at.rows(CANCELLATIONS))
    for order in at.rows(ORDERS):
        name, asked = f"the order {order['_id']}", ""
        for event in order["events"]:
            if event["name"] == "ask_to_cancel":
                asked = event["actor"]
                wishes[order["_id"], asked] -= 1
            elif event["name"] == "take_back" and event["actor"] != asked:
                yield f"{name} has a wish to cancel that {event['actor']} took back, and it was of {asked}"
            elif event["name"] in ("refuse", "agree_to_cancel") and event["actor"] == asked:
                yield f"{name} has a wish to cancel by {asked}, who answered it"
    for (order_id, by), left in wishes.items():
        if left:
            more = "more" if left > 0 else "fewer"
            yield f"the order {order_id} has {more} cancellations by {by} than wishes in its timeline"


def _what_the_state_needs_is_there(at: Snapshot) -> Problems:
    for order in at.rows(ORDERS):
        name, used, agreed = f"the order {order['_id']}", order["revisions_used"], order["terms"]["revisions"]
        told = sum(event["name"] == "revise" for event in order["events"])
        if used != told or used > agreed:
            yield f"{name} has used {used} of {agreed} revisions, and its timeline says {told}"
        if order["status"] in PAID and order.get("due_at") is None:
            yield f"{name} is {order['status']} and due at no time"
        if order["status"] == "delivered" and order.get("accept_by") is None:
            yield f"{name} is delivered, and nothing accepts it in the end"


def _what_is_open_belongs_to_its_state(at: Snapshot) -> Problems:
    wishes = {row["order_id"]: row["_id"] for row in at.rows(CANCELLATIONS, {"status": "open"})}
    disputes = {row["order_id"] for row in at.rows(DISPUTES, {"status": "open"})}
    for order in at.rows(ORDERS):
        asked = (order["cancellation"] or {}).get("id")
        if wishes.pop(order["_id"], None) != asked or (
            asked and order["status"] not in ("in_progress", "delivered")
        ):
            yield f"the order {order['_id']} is {order['status']}, and its cancellation is not as it says"
        if (order["_id"] in disputes) != (order["status"] == "disputed"):
            yield f"the order {order['_id']} is {order['status']}, and its dispute is not"


def _deliveries_are_there(at: Snapshot) -> Problems:
    handed = Counter(row["order_id"] for row in at.rows(DELIVERIES))
    files = {row["_id"]: row.get("subject") for row in at.rows(FILES)}
    for order in at.rows(ORDERS):
        told = sum(event["name"] == "deliver" for event in order["events"])
        if handed[order["_id"]] != told:
            yield f"the order {order['_id']} was delivered {told} times, and {handed[order['_id']]} are there"
    for delivery in at.rows(DELIVERIES):
        for file_id in delivery["file_ids"]:
            if (files.get(file_id) or {}).get("id") != delivery["order_id"]:
                yield f"the file {file_id} of the delivery {delivery['_id']} is not there, or of something else"


def _files_are_whole(at: Snapshot) -> Problems:
    # Those that nobody adopted may go at any moment, and their bytes go first.
    sizes = {row["_id"]: row["size"] for row in at.rows(FILES, {"subject": {"$ne": None}})}
    kept = {row["_id"]: row for row in at.rows(Declared(f"{BUCKET}.files"))}
    # By the index alone, so that no bytes are read.
    stages: list[Document] = [
        {"$sort": {"files_id": 1, "n": 1}},
        {"$group": {"_id": "$files_id", "count": {"$sum": 1}, "last": {"$max": "$n"}}},
    ]
    chunks = {row["_id"]: (row["count"], row["last"] + 1) for row in at.sums(chunks_of(BUCKET), *stages)}
    for file_id, size in sizes.items():
        stored = kept.get(file_id)
        if stored is None or stored["length"] != size:
            yield f"the file {file_id} has {size} bytes, and there are {stored and stored['length']}"
            continue
        count = -(-size // stored["chunkSize"])
        if chunks.get(file_id) != (count, count):
            yield f"the file {file_id} has {count} chunks, and not all of them are there"


def _disputes_end_as_their_orders(at: Snapshot) -> Problems:
    disputes = {row["_id"]: row for row in at.rows(DISPUTES)}
    for order in at.rows(ORDERS, {"dispute_id": {"$ne": None}}):
        dispute = disputes.get(order["dispute_id"])
        if dispute is None:
            yield f"the dispute of the order {order['_id']} is not there"
        elif dispute["status"] != "open" and dispute["released_minor"] != order["released_minor"]:
            yield f"the dispute {dispute['_id']} ended with another amount than its order"


def _numbers_settled_what_they_met_at(at: Snapshot) -> Problems:
    for dispute in at.rows(DISPUTES, {"status": "settled"}):
        name, offers = f"the dispute {dispute['_id']}", dispute["offers"]
        asked, offered = offers.get("freelancer"), offers.get("client")
        if not asked or not offered or asked["round"] != offered["round"]:
            yield f"{name} was settled without two numbers of one round"
            continue
        numbers = asked["amount_minor"], offered["amount_minor"]
        # An odd unit is the client's.
        if numbers[0] > numbers[1] or dispute["released_minor"] != sum(numbers) // 2:
            yield f"{name} was settled at {dispute['released_minor']}, and the numbers are {numbers}"


def _facts_are_told(at: Snapshot) -> Problems:
    stages: list[Document] = [
        {"$group": {"_id": "$fact", "count": {"$sum": 1}}},
        {"$match": {"count": {"$gt": 1}}},
    ]
    yield from (f"{row['_id']} was told {row['count']} times" for row in at.sums(NOTIFICATIONS, *stages))
    told = {row["fact"] for row in at.rows(NOTIFICATIONS, {"type": "hired"})}
    gone = {row["_id"] for row in at.rows(USERS) if row.get("deleted_at")}
    for order in at.rows(ORDERS, {"source.type": "bid"}):
        if (
            order["freelancer_id"] not in gone
            and f"hired:{order['_id']}:{order['freelancer_id']}" not in told
        ):
            yield f"nobody told the freelancer of the order {order['_id']} of the hire"


def _orders_are_told_of(at: Snapshot) -> Problems:
    stages: list[Document] = [
        {"$match": {"type": {"$in": sorted({news for news, _ in NEWS.values()})}}},
        {"$group": {"_id": {"order": "$order_id", "to": "$user_id", "type": "$type"}, "count": {"$sum": 1}}},
    ]
    told: defaultdict[ObjectId, Counter[tuple[ObjectId, str]]] = defaultdict(Counter)
    for row in at.sums(NOTIFICATIONS, *stages):
        told[row["_id"]["order"]][row["_id"]["to"], row["_id"]["type"]] = row["count"]
    # Whoever left for good took along what they were told.
    gone = {row["_id"] for row in at.rows(USERS, {"deleted_at": {"$ne": None}})}
    for order in at.rows(ORDERS):
        expected, found = _news_of(order), told.pop(order["_id"], Counter())
        for person, news in expected | found:
            times, heard = expected[person, news], found[person, news]
            if times != heard and person not in gone:
                yield f"{person} was told {heard} times of {news} of the order {order['_id']}, not {times}"
    yield from (f"people were told of the order {order_id}, which is not there" for order_id in told)


def _news_of(order: Document) -> Counter[tuple[ObjectId, str]]:
    """How often each person of an order has to be told what."""
    news: Counter[tuple[ObjectId, str]] = Counter()
    for event in order["events"]:
        if event["name"] not in NEWS:
            continue
        kind, to = NEWS[event["name"]]
        sides = (
            ("client", "freelancer") if to == "both" else (other(event["actor"]) if to == "other" else to,)
        )
        news.update((order[f"{side}_id"], kind) for side in sides)
    return news


CHECKS_OF_ORDERS: tuple[Check, ...] = (
    ("9. Every change of an order is in the table", _every_change_is_in_the_table),
    ("9. Whoever changed an order was allowed to", _whoever_changed_it_was_allowed_to),
    ("9. Wishes to cancel are answered by the other side", _wishes_are_answered_by_the_other),
    ("9. Revisions and dates are there as the state asks", _what_the_state_needs_is_there),
    ("9. Open cancellations and disputes belong to their order's state", _what_is_open_belongs_to_its_state),
    ("9. What was delivered is there", _deliveries_are_there),
    ("9. Every file that was delivered is whole", _files_are_whole),
    ("9. A dispute ends as its order does", _disputes_end_as_their_orders),
    ("9. A settled dispute ended in the middle of its numbers", _numbers_settled_what_they_met_at),
    ("11. What happened was told once", _facts_are_told),
    ("11. Both sides were told what became of their order", _orders_are_told_of),
)
