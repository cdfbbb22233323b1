"""Asking about a service, and answering."""

from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.admins import note_act
from gigflow.accounts.models import User, Viewer
from gigflow.accounts.parts import Done
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, NotFound
from gigflow.core.ids import new_id
from gigflow.core.paging import Page, PageRequest
from gigflow.gigs.models import Service
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.questions import store
from gigflow.questions.events import QUESTION_ANSWERED, QUESTION_ASKED
from gigflow.questions.models import UNANSWERED_FIRST, Question
from gigflow.record.models import Subject
from gigflow.services import actions as services


def ask(db: Db, viewer: Viewer, gig_id: ObjectId, text: str, now: datetime) -> Question:
    """Ask about somebody else's live service; its owner is told. Raises NotFound, Forbidden, Conflict."""
    service = services.service_for(db, viewer, gig_id)
    if service.owner_id == viewer.user_id:
        raise Forbidden("This is your own service.", code="own_gig")
    if service.status != "live":
        raise Conflict("This service is not available at the moment.", code="service_state")
    question = Question(
        id=new_id(),
        gig_id=service.id,
        asker_id=viewer.user_id,
        waits_for=service.owner_id,
        text=text,
        created_at=now,
    )

    def work(tx: Tx) -> None:
        asker = accounts.act(tx, viewer)
        accounts.engage_both(tx, viewer.user_id, service.owner_id)
        store.insert_question(tx, question)
        services.note_question(tx, service.id)
        sentence = "{actor} asks about {title}."
        about = _about(service)
        to = service.owner_id
        notifications.tell(
            tx,
            QUESTION_ASKED,
            to,
            sentence,
            now,
            about=about,
            occurrence=question.id,
            actor=asker,
            words=question.text,
        )

    db.transact(work)
    return question


def answer(db: Db, viewer: Viewer, question_id: ObjectId, text: str, now: datetime) -> Question:
    """Answer a question about your service, or change the answer; the person who asked is told the first time.

    Raises NotFound, Forbidden, Conflict.
    """
    question, service = question_to_answer(db, viewer, question_id)

    def work(tx: Tx) -> Question:
        before = store.set_answer(tx, question.id, text, now)
        if before is None:
            raise _no_such_question()
        services.note_question(tx, service.id)
        owner = accounts.act(tx, viewer)
        _end_news_of(tx, question, service, "answer", now)
        if before.answered_at is None:
            sentence = "{actor} answered your question about {title}."
            about = _about(service)
            to = question.asker_id
            notifications.tell(
                tx,
                QUESTION_ANSWERED,
                to,
                sentence,
                now,
                about=about,
                occurrence=question.id,
                actor=owner,
                words=text,
            )
        return msgspec.structs.replace(before, answer=text, answered_at=now)

    return db.transact(work)


def question_for(db: Db, viewer: Viewer | None, question_id: ObjectId) -> tuple[Question, Service]:
    """Return a question and its service, for people who may see that. Raises NotFound."""
    question = _get(db, question_id)
    return question, services.service_for(db, viewer, question.gig_id)


def question_to_answer(db: Db, viewer: Viewer, question_id: ObjectId) -> tuple[Question, Service]:
    """Return a question about the viewer's own service, and that service. Raises NotFound, Forbidden, and Conflict if
    it is archived.
    """
    question = _get(db, question_id)
    return question, services.service_to_change(db, viewer, question.gig_id)


def remove(db: Db, viewer: Viewer, question_id: ObjectId, now: datetime) -> tuple[Question, Service]:
    """Remove a question with its answer, and return it and its service. The person who asked it may do so until it
    is answered; the owner of the service always, as may an admin who did not ask it.

    Raises NotFound, Forbidden, Conflict.
    """
    question, service = question_for(db, viewer, question_id)
    decides = _decides(question, service, viewer)
    always = decides or viewer.user_id == service.owner_id
    if not always and viewer.user_id != question.asker_id:
        raise Forbidden(
            "Only the person who asked, the owner of the service and admins can do that.", code="not_owner"
        )

    def work(tx: Tx) -> None:
        accounts.act(tx, viewer)
        if not store.delete_question(tx, question.id, answered=always):
            _get(tx, question.id)
            raise Conflict("This question has been answered.", code="question_answered")
        services.note_question(tx, service.id)
        _end_news_of(tx, question, service, "remove", now)
        if decides:
            said = {"text": question.text, "answer": question.answer}
            about = Subject("question", question.id)
            note_act(
                tx, viewer, "question_removed", about, now, whose=question.asker_id, before=said, after={}
            )

    db.transact(work)
    return question, service


def may_remove(question: Question, service: Service, viewer: Viewer | None) -> bool:
    """Return whether somebody may take a question away as it is."""
    if viewer is None:
        return False
    if viewer.user_id == service.owner_id or _decides(question, service, viewer):
        return True
    return viewer.user_id == question.asker_id and question.answered_at is None


def _decides(question: Question, service: Service, viewer: Viewer) -> bool:
    """Return whether somebody takes a question away as an admin: nobody decides about what they asked themselves."""
    return viewer.is_admin and viewer.user_id not in (question.asker_id, service.owner_id)


def questions_about(db: Db, service: Service, viewer: Viewer | None, page: PageRequest) -> Page[Question]:
    """Return what was asked about a service, newest first; its owner sees the unanswered questions first
    (`order_for`).
    """
    if order_for(service, viewer):
        return store.find_unanswered_first(db, service.id, page)
    return store.find_questions(db, service.id, page)


def order_for(service: Service, viewer: Viewer | None) -> str | None:
    """Return the order in which somebody sees the questions about a service, for its cursors; None for the newest
    first.
    """
    return UNANSWERED_FIRST if viewer is not None and viewer.user_id == service.owner_id else None


def question_count(db: Db, service: Service) -> int:
    """Return how many questions there are about a service."""
    return store.count_questions(db, service.id)


def forget_questions_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget the questions of somebody who leaves for good."""
    count = store.delete_some_of(tx, user.id, limit) if user.deleted_at else 0
    return Done(count, more=count >= limit)


def _end_news_of(tx: Tx, question: Question, service: Service, step: str, now: datetime) -> None:
    """Read for both what they were told of a question, as far as the step ends it."""
    for event, person in ((QUESTION_ASKED, service.owner_id), (QUESTION_ANSWERED, question.asker_id)):
        if step in event.over["question"]:
            fact = (event, question.id, person)
            notifications.end_news(tx, "question", step, _about(service).url, now, fact=fact)


def _about(service: Service) -> About:
    return About(url=f"{service.path}#questions", gig_id=service.id, gig_title=service.title)


def _get(db: Db, question_id: ObjectId) -> Question:
    question = store.get_question(db, question_id)
    if question is None:
        raise _no_such_question()
    return question


def _no_such_question() -> NotFound:
    return NotFound("There is no such question.", code="question_not_found")
