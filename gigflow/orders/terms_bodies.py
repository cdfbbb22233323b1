"""What programs see of what was agreed in an order."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.core.briefs import Brief
from gigflow.files import actions as files
from gigflow.files.api import FileBody, file_bodies, file_body
from gigflow.files.models import File
from gigflow.orders.briefs import NOTHING
from gigflow.orders.models import Order
from gigflow.web.question_bodies import QuestionBody, question_bodies
from gigflow.web.runtime import db, runtime


class AnswerBody(msgspec.Struct, rename="camel"):
    """An answer to what a service asks, with the words of the question; `file` if it is one."""

    question_id: str
    question: str
    kind: str
    answer: str
    file: FileBody | None


class BriefBody(msgspec.Struct, rename="camel"):
    """What the client of an order needs: in their own words, by answers, and with files, those of the answers among
    them.
    """

    text: str
    answers: list[AnswerBody]
    files: list[FileBody]


class TermsBody(msgspec.Struct, rename="camel", kw_only=True):
    """What was agreed; no later edit changes it. `files` came with `text`, `messageFiles` with `message`. `brief` is
    what the client answers to the `questions` of a service; they may change it until they pay. Lists leave the long
    texts, the files and the brief out. If a day is agreed instead of `deliveryDays`, the work is due at `dueAt`.
    """

    title: str
    text: str | msgspec.UnsetType = msgspec.UNSET
    files: list[FileBody] | msgspec.UnsetType = msgspec.UNSET
    message: str | msgspec.UnsetType = msgspec.UNSET
    message_files: list[FileBody] | msgspec.UnsetType = msgspec.UNSET
    price: float
    delivery_days: int | None
    due_at: datetime | msgspec.UnsetType = msgspec.UNSET
    revisions: int
    questions: list[QuestionBody] | msgspec.UnsetType = msgspec.UNSET
    brief: BriefBody | msgspec.UnsetType | None = msgspec.UNSET


def terms_body(order: Order) -> TermsBody:
    """Return the terms of an order as lists have them."""
    terms = order.terms
    return TermsBody(
        title=terms.title,
        price=runtime().currency.number(terms.price_minor),
        delivery_days=None if terms.due_at else terms.days,
        due_at=terms.due_at or msgspec.UNSET,
        revisions=terms.revisions,
    )


def whole_terms_body(order: Order) -> TermsBody:
    """Return everything that was agreed in an order."""
    terms, body = order.terms, terms_body(order)
    brief = terms.brief or NOTHING
    known = files.files_by_id(db(), [*terms.file_ids, *terms.message_file_ids, *brief.file_ids])
    body.text, body.message = terms.text, terms.message
    body.files = file_bodies(known, terms.file_ids)
    body.message_files = file_bodies(known, terms.message_file_ids)
    if order.source.type == "service":
        body.questions = question_bodies(terms.questions)
        body.brief = _brief_body(terms.brief, known) if terms.brief else None
    return body


def _brief_body(brief: Brief, known: Mapping[ObjectId, File]) -> BriefBody:
    answers = [
        AnswerBody(
            each.question_id,
            each.question,
            each.kind,
            each.text,
            file_body(known[each.file_id]) if each.file_id and each.file_id in known else None,
        )
        for each in brief.answers
    ]
    return BriefBody(brief.text, answers, file_bodies(known, brief.file_ids))
