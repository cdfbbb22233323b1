"""What the page of a service shows of its questions."""

from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import LEFT_NAME
from gigflow.gigs.models import Service
from gigflow.questions import actions
from gigflow.questions.forms import AnswerForm, QuestionForm
from gigflow.web.runtime import db, viewer


class QuestionRow(msgspec.Struct, kw_only=True):
    """A question with the name of who asked."""

    id: ObjectId
    asker_id: ObjectId
    asker_name: str
    text: str
    created_at: datetime
    answer: str
    answered_at: datetime | None
    can_answer: bool


def question_context(
    service: Service,
    *,
    asked: QuestionForm | None = None,
    answered: tuple[ObjectId, AnswerForm] | None = None,
) -> dict[str, Any]:
    """The questions about a service, and the forms that its reader may use; a refused one as it was sent."""
    reader = viewer()
    is_owner = reader is not None and reader.user_id == service.owner_id
    found = actions.questions_about(db(), service)
    people = accounts.people(db(), [question.asker_id for question in found]) if found else {}
    rows = [
        QuestionRow(
            id=question.id,
            asker_id=question.asker_id,
            asker_name=people[question.asker_id].name if question.asker_id in people else LEFT_NAME,
            text=question.text,
            created_at=question.created_at,
            answer=question.answer,
            answered_at=question.answered_at,
            can_answer=is_owner,
        )
        for question in found
    ]
    may_ask = reader is not None and not is_owner and service.status == "live"
    forms = {row.id: AnswerForm(formdata=None, data={"text": row.answer}) for row in rows} if is_owner else {}
    return {
        "questions": rows,
        # One that was refused is shown in any case: with its reason, and with what was typed.
        "question_form": asked or (QuestionForm(formdata=None) if may_ask else None),
        "answer_forms": {**forms, **dict([answered] if answered else [])},
        "is_owner": is_owner,
        "service": service,
    }
