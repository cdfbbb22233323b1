"""What `audit` proves of each order: its terms, its states and dates, and what belongs to it (docs/domain.md,
invariants 4, 5 and 9).
"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from gigflow.core.briefs import GivenBrief, brief_of
from gigflow.core.db import Document, from_document
from gigflow.core.errors import Invalid
from gigflow.core.money import fee_of
from gigflow.orders.dispute_models import Dispute
from gigflow.orders.models import (
    ACTIVE,
    ANSWER_WITHIN,
    ORDER,
    PAID,
    PAY_WITHIN,
    SIDES,
    Cancellation,
    Delivery,
    Order,
    digest_of,
)
from gigflow.payments.models import Entry, Payment
from gigflow.proof.snapshot import CLOCKS, LONGEST_WAIT, Check, Problems
from gigflow.proof.whole import WholeOrder
from gigflow.reviews.models import Review

_ENDED = ("completed", "cancelled")
# What belongs to an order, as the house reads it.
_MODELS: dict[str, type[msgspec.Struct]] = {
    "entries": Entry,
    "payments": Payment,
    "deliveries": Delivery,
    "cancellations": Cancellation,
    "disputes": Dispute,
    "reviews": Review,
}


def _it_can_be_read(whole: WholeOrder) -> Problems:
    """An order can be read as the house itself reads it: anything of another kind is a ValidationError, which names the
    field.
    """
    from_document(whole.order, Order)
    for name, model in _MODELS.items():
        for row in getattr(whole, name):
            from_document(row, model)
    yield from ()


def _it_is_live_until_it_ends(whole: WholeOrder) -> Problems:
    if whole.order["live"] != (whole.order["status"] in ACTIVE):
        yield f"{whole.name} is {whole.order['status']} and live is {whole.order['live']}"


def _terms_stand(whole: WholeOrder) -> Problems:
    order = whole.order
    if order["terms"]["price_minor"] != order["price_minor"]:
        yield f"{whole.name} has another price than its terms"
    if order["fee_minor"] != fee_of(order["price_minor"], order["fee_basis_points"]):
        yield f"{whole.name} has another fee than was agreed"
    # Orders older than digests have none.
    if order.get("digest") and order["digest"] != digest_of(order):
        yield f"{whole.name} is not as it was agreed: its two sides, terms, price, fee or date were changed"


def _briefs_answer_what_is_asked(whole: WholeOrder) -> Problems:
    terms = from_document(whole.order, Order).terms
    if terms.brief is None:
        return
    given = GivenBrief(
        text=terms.brief.text,
        answers=terms.brief.given_answers,
        file_ids=terms.brief.file_ids,
    )
    try:
        is_same = brief_of(terms.questions, given, only=True) == terms.brief
    except Invalid as error:
        yield f"{whole.name} has a brief that cannot be given: {', '.join(sorted(error.fields))}"
    else:
        if not is_same:
            yield f"{whole.name} has a brief with other questions than were asked"


def _every_change_is_in_the_table(whole: WholeOrder) -> Problems:
    if whole.lived.wrong:
        yield f"{whole.name} went by {whole.lived.wrong}"
    elif whole.lived.status != whole.order["status"]:
        yield f"{whole.name} is {whole.order['status']}, and its timeline ends {whole.lived.status}"


def _whoever_changed_it_was_allowed_to(whole: WholeOrder) -> Problems:
    for event in whole.order["events"]:
        step = ORDER.transitions.get(event["name"])
        if step and event["actor"] not in step.actors:
            yield f"{whole.name} went by {event['name']}, done by {event['actor']}"


def _requests_are_answered_by_the_other(whole: WholeOrder) -> Problems:
    asked = ""
    for event in whole.order["events"]:
        if event["name"] == "ask_to_cancel":
            asked = event["actor"]
        elif event["name"] == "take_back" and event["actor"] != asked:
            yield f"{whole.name} has a cancellation request of {asked}, and {event['actor']} withdrew it"
        elif event["name"] in ("refuse", "agree_to_cancel") and event["actor"] == asked:
            yield f"{whole.name} has a cancellation request of {asked}, who answered it"
    told = [(each.by, each.at, each.status, each.closed_at) for each in whole.lived.asked]
    kept = [(row["by"], row["created_at"], row["status"], row["closed_at"]) for row in whole.cancellations]
    if told != kept:
        yield f"{whole.name} has {_listed(kept)} as cancellation requests, and its timeline {_listed(told)}"


def _listed(requests: Sequence[tuple[object, ...]]) -> str:
    return ", ".join(f"{by} {status} at {at}" for by, at, status, _ in requests) or "none"


def _lines_are_in_order(whole: WholeOrder) -> Problems:
    order, events = whole.order, whole.order["events"]
    latest = order["created_at"]
    for event in events:
        at = event["at"]
        if at < latest - CLOCKS:
            yield f"{whole.name} went by {event['name']} at {at}, after what happened at {latest}"
        if at > whole.now + (LONGEST_WAIT if event["actor"] == "time" else CLOCKS):
            yield f"{whole.name} went by {event['name']} at {at}, which is in the future"
        if event["actor"] != "time":
            latest = max(latest, at)
    if not events or (events[0]["at"], events[-1]["at"]) != (order["created_at"], order["updated_at"]):
        yield f"{whole.name} was made at {order['created_at']}, changed at {order['updated_at']}; not so its timeline"


def _dates_follow(whole: WholeOrder) -> Problems:
    """Each date of an order is what its timeline makes of it."""
    order, lived = whole.order, whole.lived
    expected = {
        "pay_by": order["created_at"] + PAY_WITHIN,
        "paid_at": lived.paid_at,
        "due_at": lived.due_at,
        "accept_by": lived.accept_by,
        "ended_at": lived.ended_by and lived.ended_by["at"],
    }
    for field, moment in expected.items():
        if order.get(field) != moment:
            yield f"{whole.name} is {order['status']} with {field} {order.get(field)}, and it must be {moment}"
    remind_at = order.get("remind_at")
    if remind_at is None:
        return
    asked = order["cancellation"]
    dates = (order["pay_by"], lived.due_at, lived.accept_by, asked and asked["answer_by"])
    if order["status"] in (*_ENDED, "disputed") or remind_at > max(date for date in dates if date):
        yield f"{whole.name} is {order['status']} and reminds at {remind_at}"


def _what_time_did_was_due(whole: WholeOrder) -> Problems:
    """Time ends nothing before its hour."""
    order = whole.order
    hours = {"expire": order["pay_by"], "auto_accept": whole.lived.accept_by}
    if whole.lived.asked:
        hours["escalate"] = whole.lived.asked[-1].at + ANSWER_WITHIN
    for event in order["events"]:
        hour = hours.get(event["name"]) if event["actor"] == "time" else None
        if hour and event["at"] < hour - CLOCKS:
            yield f"{whole.name} went by {event['name']} at {event['at']}, and its time was {hour}"


def _revisions_are_counted(whole: WholeOrder) -> Problems:
    used, agreed = whole.order["revisions_used"], whole.order["terms"]["revisions"]
    if used != whole.lived.revisions or used > agreed:
        yield f"{whole.name} has used {used} of {agreed} revisions, and its timeline says {whole.lived.revisions}"


def _the_open_request_is_that_of_the_timeline(whole: WholeOrder) -> Problems:
    asked, told = whole.order["cancellation"], whole.lived.open_request
    rows = [row for row in whole.cancellations if row["status"] == "open"]
    if not asked:
        if rows or told:
            yield f"{whole.name} has a cancellation request that is open, and does not know of it"
        return
    expected = told and (told.by, told.at, told.at + ANSWER_WITHIN)
    if (asked["by"], asked["at"], asked["answer_by"]) != expected:
        yield f"{whole.name} has an open cancellation request {asked['id']} that its timeline does not have"
    if [(row["_id"], row["reason"]) for row in rows] != [(asked["id"], asked["reason"])]:
        yield f"{whole.name} has an open cancellation request {asked['id']} that is kept otherwise"


def _deliveries_are_there(whole: WholeOrder) -> Problems:
    told, kept = whole.lived.deliveries, whole.deliveries
    if len(told) != len(kept):
        yield f"{whole.name} was delivered {len(told)} times, and {len(kept)} deliveries are there"
        return
    for event, delivery in zip(told, kept, strict=True):
        files = len(delivery["file_ids"])
        if delivery["created_at"] != event["at"]:
            yield f"{_named(delivery, whole)} was made at {delivery['created_at']}, and delivered at {event['at']}"
        if event["data"].get("files", files) != files:
            yield f"{_named(delivery, whole)} has {files} files, and {event['data']['files']} were delivered"


def _named(delivery: Document, whole: WholeOrder) -> str:
    return f"the delivery {delivery['_id']} of {whole.name}"


def _it_stays_a_while(whole: WholeOrder) -> Problems:
    """Money that is held has a way out: a paid order is due, and a delivery is accepted in the end."""
    order = whole.order
    if order["status"] in PAID and not order.get("due_at"):
        yield f"{whole.name} is {order['status']} and due at no time"
    if order["status"] == "delivered" and not order.get("accept_by"):
        yield f"{whole.name} is delivered, and nothing accepts it in the end"
    longest = timedelta(days=(order["terms"].get("delivery_days") or 0)) + 2 * LONGEST_WAIT
    for field in ("due_at", "accept_by"):
        if order.get(field) and order[field] > order["updated_at"] + longest:
            yield f"{whole.name} has {field} {order[field]}, which is too far away"


def _shut_out_sides_wait_for_an_admin(whole: WholeOrder) -> Problems:
    order = whole.order
    for side in SIDES:
        if (
            order[f"{side}_id"] in whole.shut_out
            and order["status"] in ACTIVE
            and order["status"] != "disputed"
        ):
            yield f"{whole.name} is {order['status']}, and its {side} {order[f'{side}_id']} is shut out"


CHECKS: tuple[Check, ...] = (
    ("0. Orders and what belongs to them can be read", _it_can_be_read),
    ("4. An order is live until it ends", _it_is_live_until_it_ends),
    ("5. Terms stand as they were agreed", _terms_stand),
    ("5. A brief answers what was asked", _briefs_answer_what_is_asked),
    ("9. Every change of an order is in the table", _every_change_is_in_the_table),
    ("9. Everybody who changed an order was allowed to", _whoever_changed_it_was_allowed_to),
    ("9. Timelines go forward, and begin and end with their order", _lines_are_in_order),
    ("9. The dates of an order are those that its timeline makes", _dates_follow),
    ("9. Nothing was done by time before its hour", _what_time_did_was_due),
    ("9. Revisions are counted, and no more than agreed", _revisions_are_counted),
    (
        "9. Cancellation requests are those of the timeline, answered by the other side",
        _requests_are_answered_by_the_other,
    ),
    ("9. An open cancellation request is the order's own", _the_open_request_is_that_of_the_timeline),
    ("9. What was delivered is there", _deliveries_are_there),
    ("9. Money that is held has a way out", _it_stays_a_while),
    ("13. An order with a side that is shut out waits for an admin", _shut_out_sides_wait_for_an_admin),
)
