"""Questions about services for programs."""

from datetime import datetime
from typing import ClassVar

import msgspec
from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.questions import actions
from gigflow.questions.forms import AnswerForm, QuestionForm
from gigflow.questions.models import Question
from gigflow.services import actions as services
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.limits import spend_by_person
from gigflow.web.openapi import CURSOR_TEXT, LIMIT, describes
from gigflow.web.runtime import db, person, viewer

api = Blueprint("questions_api", __name__, url_prefix="/api")


class QuestionBody(msgspec.Struct, rename="camel", kw_only=True):
    """A question about a service, and its answer ("" until there is one)."""

    NAME: ClassVar[str] = "question"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    gig_id: str
    asker_id: str
    text: str
    answer: str
    created_at: datetime
    answered_at: datetime | None


class QuestionList(msgspec.Struct, rename="camel"):
    """A page of the questions about a service; `next` is the cursor of the next page, `count` how many there are in
    all.
    """

    questions: list[QuestionBody]
    next: str | None
    count: int


@api.get("/gigs/<id>/questions")
@describes(
    "List the questions about a service, newest first",
    "Services",
    QuestionList,
    query=(LIMIT, CURSOR_TEXT),
    refusals=(404,),
)
def list_questions(id: str) -> Response:
    """Show what was asked and answered, to everybody who may see the service. Its owner gets the unanswered questions
    first.
    """
    service = services.service_for(db(), viewer(), object_id(id))
    order = actions.order_for(service, viewer())
    page = actions.questions_about(db(), service, viewer(), asked_page(order=order))
    count = actions.question_count(db(), service)
    return answer(QuestionList([_body(question) for question in page.rows], page.next, count))


@api.post("/gigs/<id>/questions")
@signed_in
@describes(
    "Ask about a service", "Services", QuestionBody, form=QuestionForm, status=201, refusals=(403, 404, 409)
)
def ask(id: str) -> Response:
    """Ask about somebody else's live service."""
    services.service_for(db(), person(), object_id(id))
    form = bind(QuestionForm)
    spend_by_person("questions")
    return answer(_body(actions.ask(db(), person(), object_id(id), form.text.data or "", now())), 201)


@api.put("/questions/<id>")
@signed_in
@describes(
    "Answer a question about your service",
    "Services",
    QuestionBody,
    form=AnswerForm,
    refusals=(403, 404, 409),
)
def answer_question(id: str) -> Response:
    """Answer it, or change the answer."""
    question, _ = actions.question_to_answer(db(), person(), object_id(id))
    form = bind(AnswerForm)
    return answer(_body(actions.answer(db(), person(), question.id, form.answer.data or "", now())))


@api.delete("/questions/<id>")
@signed_in
@describes("Remove a question", "Services", QuestionBody, refusals=(403, 404, 409))
def remove_question(id: str) -> Response:
    """Take it away with its answer: the person who asked may until it is answered, the owner of the service and admins
    always.
    """
    question, _ = actions.remove(db(), person(), object_id(id), now())
    return answer(_body(question))


def _body(question: Question) -> QuestionBody:
    return QuestionBody(
        id=str(question.id),
        mongo_id=str(question.id),
        gig_id=str(question.gig_id),
        asker_id=str(question.asker_id),
        text=question.text,
        answer=question.answer,
        created_at=question.created_at,
        answered_at=question.answered_at,
    )
