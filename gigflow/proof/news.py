"""What `audit` proves of what people were told (docs/domain.md, invariant 11): each fact once, and nothing that is not
a fact.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.bids.events import HIRED
from gigflow.core.db import Document
from gigflow.features import events, steps_over
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.orders.models import other
from gigflow.payments.events import PAYMENT_RETURNED, PAYOUT_FAILED
from gigflow.payments.store import PAYMENTS, PAYOUTS
from gigflow.proof.snapshot import Check, Problems, Snapshot
from gigflow.proof.whole import WholeOrder
from gigflow.questions.events import QUESTION_ANSWERED
from gigflow.questions.store import QUESTIONS
from gigflow.reviews.events import REVIEW_ANSWERED, REVIEW_RECEIVED

# How often somebody is told of what. A Counter takes three times as long.
_News = dict[tuple[ObjectId, str], int]


@cache
def _steps() -> Mapping[str, tuple[str, str]]:
    """Return what people are told of a step in an order's timeline, and who."""
    return {step: (event.key, to) for event in events() for step, to in event.steps.items()}


@cache
def _counted() -> frozenset[str]:
    return frozenset(key for key, _ in _steps().values())


def _orders_are_told_of(whole: WholeOrder) -> Problems:
    expected, counted = _news_of(whole.order), _counted()
    found: _News = {}
    for row in whole.told:
        for kind in (row["type"], *(fact.partition(":")[0] for fact in row.get("also") or ())):
            if kind in counted:
                heard_of = row["user_id"], kind
                found[heard_of] = found.get(heard_of, 0) + 1
    if expected == found:
        return
    for person, news in expected | found:
        times, heard = expected.get((person, news), 0), found.get((person, news), 0)
        if times != heard and person not in whole.gone:
            yield f"{person} was told {heard} times of {news} of {whole.name}, not {times}"


def _hires_are_told_of(whole: WholeOrder) -> Problems:
    order, person = whole.order, whole.order["freelancer_id"]
    if order["source"]["type"] == "bid" and person not in whole.gone:
        fact = f"{HIRED.key}:{order['_id']}:{person}"
        if fact not in whole.facts:
            yield f"nobody told the freelancer {person} of {whole.name} of the hire"


def _reviews_are_told_of(whole: WholeOrder) -> Problems:
    for review in whole.reviews:
        subject, author = review["subject_id"], review["author_id"]
        facts = (f"{REVIEW_RECEIVED.key}:{each}:{subject}" for each in (review["_id"], review["order_id"]))
        if subject not in whole.gone and whole.facts.isdisjoint(facts):
            yield f"nobody told {subject} of the review {review['_id']} of {whole.name}"
        if not review["replied_at"] or author in whole.gone:
            continue
        if f"{REVIEW_ANSWERED.key}:{review['_id']}:{author}" not in whole.facts:
            yield f"nobody told {author} of the reply to the review {review['_id']} of {whole.name}"


def _what_is_over_is_read(whole: WholeOrder) -> Problems:
    order, ended_by = whole.order, steps_over("order")
    for row in whole.told:
        if row["read_at"] or not row["url"].startswith(f"/orders/{order['_id']}"):
            continue
        steps = ended_by.get(row["type"], ())
        if any(event["name"] in steps and event["at"] > row["created_at"] for event in order["events"]):
            yield f"{row['user_id']} has {row['type']} of {whole.name} unread, and that is over"


def _news_of(order: Document) -> _News:
    """Return how often each person of an order has to be told what."""
    news: _News = {}
    steps = _steps()
    for event in order["events"]:
        if event["name"] not in steps:
            continue
        kind, to = steps[event["name"]]
        sides = (
            ("client", "freelancer") if to == "both" else (other(event["actor"]) if to == "other" else to,)
        )
        for side in sides:
            told = order[f"{side}_id"], kind
            news[told] = news.get(told, 0) + 1
    return news


def _facts_are_named(at: Snapshot) -> Problems:
    """A fact is `event:occurrence:user`, of the row's own event and user; so its index makes sure that it is one."""
    occurrence = {"$arrayElemAt": [{"$split": ["$fact", ":"]}, 1]}
    named = {"$concat": ["$type", ":", occurrence, ":", {"$toString": "$user_id"}]}
    wrong = {
        "$or": [
            {"$ne": ["$fact", named]},
            {"$not": {"$in": ["$type", [event.key for event in events()]]}},
        ]
    }
    for row in at.sums(NOTIFICATIONS, {"$match": {"$expr": wrong}}):
        yield f"the notification {row['_id']} for {row['user_id']} is of {row['type']}, and its fact is {row['fact']}"


def _what_else_happened_was_told(at: Snapshot) -> Problems:
    """Money that went back, payouts that failed, questions and their answers."""
    gone = {row["_id"] for row in at.rows(USERS, {"deleted_at": {"$ne": None}}, fields=("_id",))}

    def facts() -> Iterator[tuple[ObjectId, str, ObjectId]]:
        for row in at.rows(PAYMENTS, {"why": {"$ne": ""}, "status": {"$in": ["refund_due", "refunded"]}}):
            yield row["client_id"], PAYMENT_RETURNED.key, row["_id"]
        for row in at.rows(PAYOUTS, {"status": "failed"}):
            yield row["user_id"], PAYOUT_FAILED.key, row["_id"]
        for row in at.rows(QUESTIONS, {"answered_at": {"$ne": None}}, fields=("asker_id",)):
            yield row["asker_id"], QUESTION_ANSWERED.key, row["_id"]

    yield from at.untold(
        (f"{event}:{subject}:{person}", f"nobody told {person} of {event} of {subject}")
        for person, event, subject in facts()
        if person not in gone
    )


CHECKS_OF_ORDERS: tuple[Check, ...] = (
    ("11. Freelancers were told of their hire", _hires_are_told_of),
    ("11. Both sides were told what became of their order", _orders_are_told_of),
    ("11. People who were reviewed or answered were told", _reviews_are_told_of),
    ("11. No news of an order is unread that is over", _what_is_over_is_read),
)
CHECKS: tuple[Check, ...] = (
    ("11. What was told is one fact for one person, once", _facts_are_named),
    ("11. People who got money back, or an answer, were told", _what_else_happened_was_told),
)
