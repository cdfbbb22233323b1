"""What the page of a service shows of its questions."""

from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId
from flask import request

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import name_of
from gigflow.core.paging import page_request
from gigflow.gigs.models import Service
from gigflow.questions import actions
from gigflow.questions.forms import AnswerForm, QuestionForm
from gigflow.questions.models import Question
from gigflow.web.runtime import db, viewer


class QuestionRow(msgspec.Struct, kw_only=True):
    """A question with the name of the person who asked."""

    id: ObjectId
    asker_id: ObjectId
    asker_name: str
    text: str
    created_at: datetime
    answer: str
    answered_at: datetime | None
    can_answer: bool
    can_remove: bool


def question_context(
    service: Service,
    *,
    asked: QuestionForm | None = None,
    answered: tuple[Question, AnswerForm] | None = None,
) -> dict[str, Any]:
    """Return the questions about a service after the query's `cursor`, and the forms that its reader may use; a refused
    one as it was sent.
    """
    reader = viewer()
    is_owner = reader is not None and reader.user_id == service.owner_id
    cursor = request.args.get("cursor")
    wanted = page_request(None, cursor, order=actions.order_for(service, reader))
    page = actions.questions_about(db(), service, reader, wanted)
    # What was typed is never lost, whichever page its question is on.
    is_elsewhere = answered and answered[0].id not in {question.id for question in page.rows}
    rows = _rows(service, [answered[0], *page.rows] if answered and is_elsewhere else page.rows)
    may_ask = reader is not None and not is_owner and service.status == "live"
    forms = {row.id: _answer_form(row) for row in rows} if is_owner else {}
    return {
        "questions": rows,
        # A refused one is shown in any case: with its reason, and with what was typed.
        "question_form": asked or (QuestionForm(formdata=None) if may_ask else None),
        "answer_forms": {**forms, **({answered[0].id: answered[1]} if answered else {})},
        "cursor": cursor,
        "next_questions": page.next,
        "is_owner": is_owner,
        "service": service,
    }


def answer_context(service: Service, question: Question, refused: AnswerForm | None) -> dict[str, Any]:
    """Return one question alone, for the owner who has answered it, or whose answer was `refused`."""
    (row,) = _rows(service, [question])
    return {
        "question": row,
        "answer_forms": {row.id: refused or _answer_form(row)},
        "cursor": request.args.get("cursor"),
        "service": service,
    }


def _answer_form(row: QuestionRow) -> AnswerForm:
    return AnswerForm(formdata=None, data={"answer": row.answer})


def _rows(service: Service, questions: list[Question]) -> list[QuestionRow]:
    """Return questions about a service as its reader sees them."""
    reader = viewer()
    is_owner = reader is not None and reader.user_id == service.owner_id
    people = accounts.people(db(), [question.asker_id for question in questions]) if questions else {}
    return [
        QuestionRow(
            id=question.id,
            asker_id=question.asker_id,
            asker_name=name_of(people.get(question.asker_id)),
            text=question.text,
            created_at=question.created_at,
            answer=question.answer,
            answered_at=question.answered_at,
            can_answer=is_owner and service.status != "archived",
            can_remove=actions.may_remove(question, service, reader),
        )
        for question in questions
    ]
