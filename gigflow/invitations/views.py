"""What the page that invites shows: whom, to which of the viewer's jobs, and what became of each."""

from collections.abc import Sequence
from typing import Any

import msgspec
from bson import ObjectId
from flask import request

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person
from gigflow.core.db import is_id, object_id
from gigflow.core.paging import PageRequest
from gigflow.invitations import reading
from gigflow.invitations.actions import Result
from gigflow.invitations.forms import InvitePageForm
from gigflow.jobs import actions as jobs
from gigflow.orders import actions as orders
from gigflow.orders.models import STATES
from gigflow.turn.views import turns_in
from gigflow.web.runtime import db, person
from gigflow.web.sections import Section, Tabs, asked_for, section

CANDIDATES_MAX = 30  # people whom one page shows
JOBS_MAX = 300
WORKED_MAX = 50  # orders among which are the people whom somebody has worked with

TABS: Tabs = {"waiting": ("Waiting", ("waiting",)), "past": ("Past", ("past",))}


class Candidate(msgspec.Struct, frozen=True):
    """Somebody who may be ticked, who was invited just now (`is_invited`) or is no longer here (`is_gone`); or why
    inviting them was refused.
    """

    person: Person
    is_ticked: bool
    is_invited: bool = False
    problem: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether they are shut out, or gone for good."""
        return self.person.disabled_at is not None


def invite_form(*, is_sent: bool) -> InvitePageForm:
    """Return the form, with the viewer's open jobs to choose from; one that is not sent has what the address says."""
    chosen = {"gig": _asked_job(), "people": asked_people()}
    form = InvitePageForm() if is_sent else InvitePageForm(formdata=None, data=chosen)
    form.offer(jobs.open_jobs_of(db(), person().user_id, JOBS_MAX))
    return form


def invite_context(form: InvitePageForm, results: Sequence[Result] = ()) -> dict[str, Any]:
    """Return whom the viewer can tick: the people whom the address names, else those whom they have worked with and who
    are still here.
    """
    asked = asked_people()
    ids = asked or _worked_with()
    known = accounts.people(db(), ids) if ids else {}
    refused = {each.freelancer_id: each.refusal.message for each in results if each.refusal}
    invited = {each.freelancer_id for each in results if each.invitation}
    ticked = set(form.people.data or ()) - invited
    return {
        "form": form,
        "asked": asked,
        "asked_job": _asked_job(),
        "is_asked": bool(asked),
        "candidates": [
            Candidate(known[each], each in ticked, each in invited, refused.get(each, ""))
            for each in ids
            if each in known and (asked or not known[each].disabled_at)
        ],
        "count_invited": len(invited),
        "job": next((title for value, title in form.gig.choices if value == form.gig.data), ""),
    }


def invitation_section() -> Section:
    """Return what the reader is invited to."""
    asked = asked_for("invitations", TABS, turns_in("invitations"))
    page = reading.invitations_of(db(), person(), asked.page, waiting=asked.state == "waiting")
    return section(asked, reading.invitation_counts(db(), person()), page, page.rows)


def asked_people() -> list[ObjectId]:
    """Return the people whom the address names, but for the viewer, who invites nobody by that name."""
    texts = dict.fromkeys(text for text in request.args.getlist("to") if is_id(text))
    return [object_id(text) for text in texts if text != str(person().user_id)][:CANDIDATES_MAX]


def _asked_job() -> str | None:
    """Return the id of the job that the address names, or None."""
    text = request.args.get("gig", "")
    return text if is_id(text) else None


def _worked_with() -> list[ObjectId]:
    """Return the freelancers of the viewer's newest orders."""
    page = orders.orders_of(db(), person(), list(STATES), PageRequest(WORKED_MAX), "client")
    return list(dict.fromkeys(order.freelancer_id for order in page.rows))[:CANDIDATES_MAX]
