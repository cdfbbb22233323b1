"""Asking about a service, and answering."""

from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.leaving import on_leaving
from gigflow.accounts.models import User, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, NotFound
from gigflow.gigs import services
from gigflow.gigs.models import Service
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import Notification, NotificationType
from gigflow.questions import store
from gigflow.questions.models import LIST_MAX, Question


def ask(db: Db, viewer: Viewer, gig_id: ObjectId | None, text: str, now: datetime) -> Question:
    """Ask about a live service of somebody else, who is told. Raises NotFound, Forbidden, Conflict."""
    service = services.service_for(db, viewer, gig_id)
    if service.owner_id == viewer.user_id:
        raise Forbidden("This is your own service.", code="own_gig")
    if service.status != "live":
        raise Conflict("This service is not offered at the moment.", code="service_state")
    question = Question(id=ObjectId(), gig_id=service.id, asker_id=viewer.user_id, text=text, created_at=now)

    def work(tx: Tx) -> None:
        asker = accounts.act(tx, db, viewer)
        store.insert_question(tx, db, question)
        sentence = f"{asker.name} asks about {service.title}."
        news = _news("question_asked", service.owner_id, sentence, question, service, asker, now)
        notifications.tell(tx, db, [news])

    db.transact(work)
    return question


def answer(db: Db, viewer: Viewer, question_id: ObjectId | None, text: str, now: datetime) -> Question:
    """Answer a question about one's own service, or change the answer; who asked is told the first time.

    Raises NotFound, Forbidden.
    """
    question, service = question_to_answer(db, viewer, question_id)

    def work(tx: Tx) -> Question:
        before = store.set_answer(tx, db, question.id, text, now)
        if before is None:
            raise _no_such_question()
        if before.answered_at is None:
            owner = accounts.act(tx, db, viewer)
            sentence = f"{owner.name} has answered your question about {service.title}."
            news = _news("question_answered", question.asker_id, sentence, question, service, owner, now)
            notifications.tell(tx, db, [news])
        return msgspec.structs.replace(before, answer=text, answered_at=now)

    return db.transact(work)


def question_to_answer(db: Db, viewer: Viewer, question_id: ObjectId | None) -> tuple[Question, Service]:
    """A question about one's own service, and that service. Raises NotFound, Forbidden."""
    question = store.get_question(db, question_id) if question_id else None
    if question is None:
        raise _no_such_question()
    return question, services.own_service(db, viewer, question.gig_id)


def questions_about(db: Db, service: Service) -> list[Question]:
    """What was asked about a service, newest first, up to `LIST_MAX`."""
    return store.find_questions(db, service.id, LIST_MAX)


@on_leaving
def forget_questions_of(tx: Tx, db: Db, user_id: ObjectId, deleted: bool, now: datetime) -> None:
    """Who leaves for good takes along what they asked."""
    if deleted:
        store.delete_questions_of(tx, db, user_id)


def _news(
    event: NotificationType,
    user_id: ObjectId,
    text: str,
    question: Question,
    service: Service,
    actor: User,
    now: datetime,
) -> Notification:
    """What one of the two is told of a question; `actor` is the other, whom the text names."""
    return notifications.notification(
        event,
        user_id,
        text,
        occurrence=question.id,
        url=f"{service.path}#questions",
        now=now,
        gig_id=service.id,
        actor=actor,
    )


def _no_such_question() -> NotFound:
    return NotFound("There is no such question.", code="question_not_found")
