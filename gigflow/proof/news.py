"""What `audit` proves of what people were told (docs/domain.md, invariant 11): each fact once, and nothing that is
none.
"""

from collections.abc import Iterator, Mapping
from typing import get_args

from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.core.db import Document
from gigflow.notifications.models import NotificationType
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.orders.models import other
from gigflow.payments.store import PAYMENTS, PAYOUTS
from gigflow.proof.snapshot import Check, Problems, Snapshot
from gigflow.proof.whole import WholeOrder
from gigflow.questions.store import QUESTIONS

# What people are told of a change in an order's timeline, and who: one side, both, or the one that did not do it.
NEWS: Mapping[str, tuple[NotificationType, str]] = {
    "pay": ("order_paid", "both"),
    "call_off": ("order_cancelled", "other"),
    "expire": ("order_cancelled", "both"),
    "void": ("order_cancelled", "both"),
    "resume": ("order_decided", "both"),
    "resume_delivered": ("order_decided", "both"),
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
    "hold_back": ("payment_reversed", "both"),
    "reverse": ("payment_reversed", "both"),
    "restore": ("payment_reversed", "both"),
    "lose": ("payment_reversed", "both"),
    "recover": ("payment_reversed", "both"),
    "settle_loss": ("order_decided", "freelancer"),
    "miss_refund": ("refund_failed", "client"),
    "refund_again": ("refund_failed", "client"),
}
_COUNTED = {news for news, _ in NEWS.values()}
# How often somebody is told of what. A Counter takes three times as long.
_News = dict[tuple[ObjectId, str], int]


def _orders_are_told_of(whole: WholeOrder) -> Problems:
    expected = _news_of(whole.order)
    found: _News = {}
    for row in whole.told:
        if row["type"] in _COUNTED:
            heard_of = row["user_id"], row["type"]
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
        fact = f"hired:{order['_id']}:{person}"
        if fact not in whole.facts:
            yield f"nobody told the freelancer {person} of {whole.name} of the hire"


def _reviews_are_told_of(whole: WholeOrder) -> Problems:
    for review in whole.reviews:
        subject, author = review["subject_id"], review["author_id"]
        facts = (f"review_received:{each}:{subject}" for each in (review["_id"], review["order_id"]))
        if subject not in whole.gone and whole.facts.isdisjoint(facts):
            yield f"nobody told {subject} of the review {review['_id']} of {whole.name}"
        if not review["replied_at"] or author in whole.gone:
            continue
        if f"review_answered:{review['_id']}:{author}" not in whole.facts:
            yield f"nobody told {author} of the reply to the review {review['_id']} of {whole.name}"


def _news_of(order: Document) -> _News:
    """How often each person of an order has to be told what."""
    news: _News = {}
    for event in order["events"]:
        if event["name"] not in NEWS:
            continue
        kind, to = NEWS[event["name"]]
        sides = (
            ("client", "freelancer") if to == "both" else (other(event["actor"]) if to == "other" else to,)
        )
        for side in sides:
            told = order[f"{side}_id"], kind
            news[told] = news.get(told, 0) + 1
    return news


def _facts_are_named(at: Snapshot) -> Problems:
    """A fact is `event:occurrence:user`, of the row's own event and user; so its index sees to it that it is one."""
    occurrence = {"$arrayElemAt": [{"$split": ["$fact", ":"]}, 1]}
    named = {"$concat": ["$type", ":", occurrence, ":", {"$toString": "$user_id"}]}
    wrong = {
        "$or": [{"$ne": ["$fact", named]}, {"$not": {"$in": ["$type", list(get_args(NotificationType))]}}]
    }
    for row in at.sums(NOTIFICATIONS, {"$match": {"$expr": wrong}}):
        yield f"the notification {row['_id']} for {row['user_id']} is of {row['type']}, and its fact is {row['fact']}"


def _what_else_happened_was_told(at: Snapshot) -> Problems:
    """Money that went back, payouts that failed, questions and their answers."""
    gone = {row["_id"] for row in at.rows(USERS, {"deleted_at": {"$ne": None}}, fields=("_id",))}

    def facts() -> Iterator[tuple[ObjectId, str, ObjectId]]:
        for row in at.rows(PAYMENTS, {"why": {"$ne": ""}, "status": {"$in": ["refund_due", "refunded"]}}):
            yield row["client_id"], "payment_returned", row["_id"]
        for row in at.rows(PAYOUTS, {"status": "failed"}):
            yield row["user_id"], "payout_failed", row["_id"]
        for row in at.rows(QUESTIONS, {"answered_at": {"$ne": None}}, fields=("asker_id",)):
            yield row["asker_id"], "question_answered", row["_id"]

    yield from at.untold(
        (f"{event}:{subject}:{person}", f"nobody told {person} of {event} of {subject}")
        for person, event, subject in facts()
        if person not in gone
    )


CHECKS_OF_ORDERS: tuple[Check, ...] = (
    ("11. Freelancers were told of their hire", _hires_are_told_of),
    ("11. Both sides were told what became of their order", _orders_are_told_of),
    ("11. Who was reviewed or answered was told", _reviews_are_told_of),
)
CHECKS: tuple[Check, ...] = (
    ("11. What was told is one fact for one person, once", _facts_are_named),
    ("11. Who got money back, or an answer, was told", _what_else_happened_was_told),
)
