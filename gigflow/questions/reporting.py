"""What is kept of a question that somebody reports."""

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer, name_of
from gigflow.core.db import Db
from gigflow.questions import actions
from gigflow.reports.models import Copy, Said


def copy_of(db: Db, viewer: Viewer, question_id: ObjectId) -> Copy:
    """Return a copy of a question and its answer, for people who may see the service. Raises NotFound."""
    question, service = actions.question_for(db, viewer, question_id)
    said = [Said(label="Question", text=question.text), Said(label="Answer", text=question.answer)]
    return Copy(
        what="question",
        whose=question.asker_id,
        name=name_of(accounts.people(db, [question.asker_id]).get(question.asker_id)),
        title=service.title,
        path=f"{service.path}#questions",
        said=[each for each in said if each.text],
    )
