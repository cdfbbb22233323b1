"""Asking and answering on the page of a service."""

from flask import Blueprint, Response

from gigflow.accounts.models import Viewer
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.gigs.models import Service
from gigflow.notifications.views import news_lead_to
from gigflow.questions import actions
from gigflow.questions.forms import AnswerForm, QuestionForm
from gigflow.questions.models import Question
from gigflow.questions.views import answer_context, question_context
from gigflow.services import actions as services
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.limits import spend_by_person
from gigflow.web.runtime import db, person, viewer

pages = Blueprint("questions", __name__)


@pages.get("/gigs/<gig_id>/questions")
def show(gig_id: str) -> Response:
    """Show more of what was asked about a service than its page has."""
    service = services.service_for(db(), viewer(), object_id(gig_id))
    news_lead_to(f"{service.path}#questions")
    try:
        context = question_context(service)
    except Invalid:  # the cursor, as of a link of the owner's, whose order differs
        return render("questions/page.html", status=400, service=service, is_lost=True)
    return render("questions/page.html", "services/_questions.html", **context)


@pages.post("/gigs/<gig_id>/questions")
@signed_in
def ask(gig_id: str) -> Response:
    """Ask about a service."""
    service = services.service_for(db(), person(), object_id(gig_id))
    form = QuestionForm()
    form.perform(lambda: _ask(service, form))
    if form.status == 200 and not wants_fragment():
        return go(f"{service.path}#questions")
    context = question_context(service, asked=form if form.status != 200 else None)
    return render("questions/page.html", "services/_questions.html", status=form.status, **context)


@pages.post("/questions/<question_id>")
@signed_in
def answer(question_id: str) -> Response:
    """Answer a question about a service of the viewer's."""
    question, service = actions.question_to_answer(db(), person(), object_id(question_id))
    form = AnswerForm()
    answered = form.perform(lambda: _answer(person(), question, form))
    refused = None if answered else form
    if wants_fragment():
        context = answer_context(service, answered or question, refused)
        return render("services/_question.html", status=form.status, **context)
    if refused is None:
        return go(f"{service.path}#questions")
    context = question_context(service, answered=(question, refused))
    return render("questions/page.html", status=form.status, **context)


@pages.post("/questions/<question_id>/remove")
@signed_in
def remove(question_id: str) -> Response:
    """Remove a question."""
    _, service = actions.remove(db(), person(), object_id(question_id), now())
    if not wants_fragment():
        return go(f"{service.path}#questions")
    return render("questions/page.html", "services/_questions.html", **question_context(service))


def _ask(service: Service, form: QuestionForm) -> Question:
    spend_by_person("questions")
    return actions.ask(db(), person(), service.id, form.text.data or "", now())


def _answer(reader: Viewer, question: Question, form: AnswerForm) -> Question:
    return actions.answer(db(), reader, question.id, form.answer.data or "", now())
