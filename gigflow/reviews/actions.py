"""Writing reviews, revealing them to everybody, and answering them (docs/domain.md, Reviews).

People who leave let their reviews stay: they are about the other side, whose rating counts them (decision 22).
"""

from datetime import datetime
from functools import partial

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Actor, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.core.errors import Conflict, Forbidden, NotFound
from gigflow.core.ids import new_id
from gigflow.core.paging import Page, PageRequest
from gigflow.gigs.models import Service, rank_of
from gigflow.notifications.actions import end_news, tell
from gigflow.orders import actions as orders
from gigflow.orders.models import SIDES, Order, Side, other
from gigflow.orders.reviewing import note_review
from gigflow.reviews import store
from gigflow.reviews.events import REVIEW_ANSWERED, REVIEW_RECEIVED
from gigflow.reviews.models import Review, Tally, closes_at, size_of
from gigflow.services import actions as services

_revealing = Each("The revealing of review")
AT_ONCE = 100  # revealed by one tick; the rest is for the next


def write_review(
    db: Db, viewer: Viewer, order_id: ObjectId, *, rating: int, text: str, now: datetime
) -> Review:
    """Review the other side of a completed order of yours. It stays hidden until the other side has written as well, or
    the window closes; the second review reveals both.

    Raises NotFound, Forbidden, and Conflict if the order is not completed, if this side has reviewed it already, or if
    it can no longer be reviewed.
    """
    order, side = orders.order_of_side(db, viewer, order_id)
    review_id = new_id()

    def work(tx: Tx) -> None:
        author = accounts.act(tx, viewer)
        noted = note_review(tx, order, side, now)
        others = store.find_reviews_of(tx, order.id)
        # A tick may have revealed it a moment before the window closed for us.
        if now >= closes_at(noted) or any(each.revealed_at for each in others):
            raise Conflict("This order can no longer be reviewed.", code="reviews_closed")
        review = _review(review_id, noted, side, rating, text, now)
        store.insert_review(tx, review)
        end_news(tx, "review", "write", order.path, now, reader=viewer.user_id)
        for each in (*others, review) if others else ():
            _reveal(tx, each, now)
        _tell_of_written(tx, review, author, bool(others), now)

    db.transact(work)
    return _present(store.get_review(db, review_id))


def reveal_due(db: Db, now: datetime) -> int:
    """Reveal the reviews whose other side has not written in time; returns how many. Of two processes that do it at
    once, one reveals each.
    """
    return _revealing.do(
        partial(store.find_due, db, now), lambda review_id: _reveal_alone(db, review_id, now), now, AT_ONCE
    )


def reply(db: Db, viewer: Viewer, review_id: ObjectId, text: str, now: datetime) -> Review:
    """Answer a review of you, once, after it was revealed; its author is told. Raises NotFound, Forbidden, Conflict."""
    review = review_to_answer(db, viewer, review_id)

    def work(tx: Tx) -> Review:
        subject = accounts.act(tx, viewer)
        answered = store.set_reply(tx, review.id, text, now)
        if answered is None:
            raise Conflict("You have already replied to this review.", code="already_answered")
        sentence = "{actor} replied to your review of {title}."
        if _is_there(tx, review.author_id):
            to, about = review.author_id, review.about
            tell(tx, REVIEW_ANSWERED, to, sentence, now, about=about, occurrence=review.id, actor=subject)
        return answered

    return db.transact(work)


def review_to_answer(db: Db, viewer: Viewer, review_id: ObjectId) -> Review:
    """Return a revealed review of the viewer. Raises NotFound, also if it is hidden from them; Forbidden; Conflict if
    it is still hidden.
    """
    review = _present(store.get_review(db, review_id))
    if review.revealed_at is None and viewer.user_id not in (review.author_id, review.subject_id):
        raise _no_such_review(hides=True)
    if review.subject_id != viewer.user_id:
        raise Forbidden("Only the reviewed person can reply.", code="not_reviewed")
    if review.revealed_at is None:
        raise Conflict("This review is still hidden.", code="review_hidden")
    return review


def reviews_of_order(db: Db, viewer: Viewer, order: Order) -> list[Review]:
    """Return the reviews of an order that its reader may see: their own always, others once they are revealed."""
    found = store.find_reviews_of(db, order.id)
    return [each for each in found if each.revealed_at or each.author_id == viewer.user_id]


def reviews_about(db: Db, user_id: ObjectId, as_side: Side | None, page: PageRequest) -> Page[Review]:
    """Return what was said of a person as a freelancer, as a client, or (None) as either, newest first; for
    everybody.
    """
    return store.find_about(db, user_id, _authors(as_side), page)


def tally_about(db: Db, user_id: ObjectId, as_side: Side | None) -> Tally:
    """Return how a person was rated as a freelancer, as a client, or (None) as either."""
    return Tally(store.count_about(db, user_id, _authors(as_side)))


def clients_about(db: Db, user_id: ObjectId) -> tuple[int, int]:
    """Return how many clients have rated a freelancer, and the sum of their averages in hundredths of a star."""
    return store.clients_about(db, user_id)


def reviews_about_service(db: Db, service: Service, page: PageRequest) -> Page[Review]:
    """Return what the clients of a service said, newest first. Callers have made sure that the reader may see it."""
    return store.find_about_service(db, service.id, page)


def tally_about_service(db: Db, service: Service) -> Tally:
    """Return how the clients of a service rated it."""
    return Tally(store.count_about_service(db, service.id))


def _review(review_id: ObjectId, order: Order, side: Side, rating: int, text: str, now: datetime) -> Review:
    return Review(
        id=review_id,
        order_id=order.id,
        gig_id=order.gig_id,
        title=order.terms.title,
        author_id=order.person(side),
        subject_id=order.person(other(side)),
        side=side,
        rating=rating,
        text=text,
        size_band=size_of(order.price_minor),
        reveal_at=closes_at(order),
        created_at=now,
    )


def _reveal_alone(db: Db, review_id: ObjectId, now: datetime) -> bool:
    review = store.get_review(db, review_id)
    if review is None:
        return False

    def work(tx: Tx) -> bool:
        if not _reveal(tx, review, now):
            return False
        author = accounts.get_user(tx, review.author_id)
        sentence = "{actor} reviewed you for {title}. You can read it now."
        if _is_there(tx, review.subject_id):
            to, about = review.subject_id, review.about
            tell(tx, REVIEW_RECEIVED, to, sentence, now, about=about, occurrence=review.id, actor=author)
        return True

    return db.transact(work)


def _reveal(tx: Tx, review: Review, now: datetime) -> bool:
    """Let everybody read a review and let it count; returns False if it does already."""
    if not store.reveal(tx, review.id, now):
        return False
    end_news(tx, "review", "reveal", review.path, now)
    accounts.count_review(tx, review.subject_id, other(review.side), review.rating)
    if review.side == "client" and review.gig_id:
        rank = rank_of(*store.clients_about_service(tx, review.gig_id))
        services.count_review(tx, review.gig_id, review.rating, rank)
    return True


def _tell_of_written(tx: Tx, review: Review, author: Actor, revealed: bool, now: datetime) -> None:
    """Tell the other side of a review that was written: nothing of what it says before it is revealed."""
    sentence = (
        "{actor} reviewed you for {title}. Both reviews are visible now."
        if revealed
        else "{actor} reviewed you for {title}. You can read it once you have written yours."
    )
    # While it is hidden it is an occurrence of its own: its subject hears again when time reveals it.
    occurrence = review.id if revealed else review.order_id
    if _is_there(tx, review.subject_id):
        to, about = review.subject_id, review.about
        tell(tx, REVIEW_RECEIVED, to, sentence, now, about=about, occurrence=occurrence, actor=author)


def _is_there(tx: Tx, user_id: ObjectId) -> bool:
    """Return whether somebody has not left for good; nobody tells people who have."""
    user = accounts.get_user(tx, user_id)
    return user is not None and not user.deleted_at


def _authors(as_side: Side | None) -> tuple[Side, ...]:
    """Who writes the reviews of a person as this side of their orders: the other one."""
    return (other(as_side),) if as_side else SIDES


def _present(review: Review | None) -> Review:
    if review is None:
        raise _no_such_review()
    return review


def _no_such_review(*, hides: bool = False) -> NotFound:
    return NotFound("There is no such review.", code="review_not_found", hides=hides)
