"""What admins decide about services, for people: each as a question that names the service and the version seen."""

from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.core.texts import quoted
from gigflow.core.transitions import Transition
from gigflow.gigs.models import Service
from gigflow.services import actions, moderation
from gigflow.services.forms import DecisionPageForm, RejectionPageForm
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render_question
from gigflow.web.runtime import db, person

pages = Blueprint("moderation", __name__)

# Each decision by its word in the address, and what its page is called.
DECISIONS: dict[str, Transition] = {
    "approve": moderation.APPROVE,
    "reject": moderation.REJECT,
    "take-down": moderation.TAKE_DOWN,
}
_TITLES = {"approve": "Approve", "reject": "Reject", "take-down": "Take down"}


@pages.get("/gigs/<gig_id>/moderate/<decision>")
@signed_in
def ask(gig_id: str, decision: str) -> Response:
    """Ask an admin before it is decided."""
    service = _service(gig_id, decision)
    if service.status not in DECISIONS[decision].sources:
        raise actions.not_now(service)
    form = _form_of(decision, empty=True)
    form.version.data = str(service.version)
    return _question(decision, service, form)


@pages.post("/gigs/<gig_id>/moderate/<decision>")
@signed_in
def decide(gig_id: str, decision: str) -> Response:
    """Decide it."""
    service = _service(gig_id, decision)
    form = _form_of(decision)
    done = form.perform(
        lambda: moderation.decide(
            db(),
            person(),
            service.id,
            DECISIONS[decision],
            version=form.version_seen(),
            note=form.note.data or "" if isinstance(form, RejectionPageForm) else "",
            now=now(),
        )
    )
    if done:
        return go(done.path)
    service = moderation.service_to_decide(db(), person(), service.id)
    if form.status == 409:
        form.show_again(service.version)
    return _question(decision, service, form)


def _service(gig_id: str, decision: str) -> Service:
    """Return the service, for admins; to others it is there or not, as everywhere. Raises NotFound, Forbidden."""
    if decision not in DECISIONS:
        raise NotFound
    service = actions.service_for(db(), person(), object_id(gig_id))
    return moderation.service_to_decide(db(), person(), service.id)


def _form_of(decision: str, *, empty: bool = False) -> DecisionPageForm | RejectionPageForm:
    form_class = DecisionPageForm if decision == "approve" else RejectionPageForm
    return form_class(formdata=None) if empty else form_class()


def _question(decision: str, service: Service, form: DecisionPageForm | RejectionPageForm) -> Response:
    return render_question(
        "services/_moderate.html",
        f"{_TITLES[decision]} {quoted(service.title)}",
        status=form.status,
        service=service,
        decision=decision,
        is_possible=service.status in DECISIONS[decision].sources,
        form=form,
    )
