"""The page of a gig, of either kind, and the form to change one."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, request

from gigflow.accounts import actions as accounts
from gigflow.bids.views import job_context
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.core.files import FILES_MAX
from gigflow.files.views import keep_sent
from gigflow.gigs import actions as gigs
from gigflow.gigs.models import Service
from gigflow.jobs import actions as jobs
from gigflow.jobs.forms import JobPageForm
from gigflow.jobs.pages import job_form_page
from gigflow.notifications.views import news_lead_to
from gigflow.profiles import actions as profiles
from gigflow.questions.views import question_context
from gigflow.reviews.views import service_reviews
from gigflow.services import actions as services
from gigflow.services.forms import ServicePageForm
from gigflow.services.pages import change_service, edit_service_page, service_form_page
from gigflow.web.auth import signed_in
from gigflow.web.counters import address_key
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person, rules, runtime, viewer
from gigflow.web.uploads import takes_files
from gigflow.web.visitors import is_looked_at, mark_of_visitor

pages = Blueprint("gigs", __name__)


@pages.get("/gigs/new")
def new() -> Response:
    """Show the form for a new job, or for a service to offer, also to visitors: they join once it is written."""
    if request.args.get("kind") == "service":
        return service_form_page(ServicePageForm(formdata=None), None)
    return job_form_page(JobPageForm(formdata=None, data={"next": request.args.get("next")}), None)


@pages.get("/gigs/<gig_id>")
def show(gig_id: str) -> Response:
    """Show a job or a service with everything that its reader may know and do. The id in the address decides; words
    that are not those of the title lead to those that are.
    """
    number, _, words = gig_id.partition("-")
    gig = gigs.get_gig(db(), object_id(number))
    if words and gig_id != gig.address.rpartition("/")[2]:
        if isinstance(gig, Service):
            services.service_for(db(), viewer(), gig.id)  # its title may be nobody's business
        # No browser keeps it: a title may change back.
        query = request.query_string.decode("latin-1")
        return make_response(redirect(f"{gig.address}?{query}" if query else gig.address, 301))
    if isinstance(gig, Service):
        return _service_page(gig)
    news_lead_to(gig.path)
    return render("jobs/show.html", "jobs/_live.html", **job_context(gig))


@pages.get("/gigs/<gig_id>/live")
def live(gig_id: str) -> Response:
    """Show the part of a job's or a service's page that changes while one looks at it.

    If it has been hidden from the reader since, they read that it is gone; if it never was there, they read the same.
    """
    try:
        gig = gigs.get_gig(db(), object_id(gig_id))
        if isinstance(gig, Service):
            return _live_service(gig)
    except NotFound:
        if not wants_fragment():
            raise
        return render("services/_gone.html", gig_id=gig_id)
    if not wants_fragment():
        return go(gig.path)
    return render("jobs/_live.html", **job_context(gig), with_brief=True)


@pages.get("/gigs/<gig_id>/edit")
@signed_in
def edit(gig_id: str) -> Response:
    """Show the form to change an open job, or a service, of the viewer's."""
    if isinstance(gigs.get_gig(db(), object_id(gig_id)), Service):
        return edit_service_page(gig_id)
    gig = jobs.own_job(db(), person(), object_id(gig_id))
    if gig.status != "open":
        raise jobs.job_not_open(gig)
    return job_form_page(JobPageForm(formdata=None, obj=gig, data={"budget": gig.price_minor}), gig)


@pages.post("/gigs/<gig_id>")
@signed_in
@limited("edits", in_form=True)
@takes_files(FILES_MAX)
def change(gig_id: str) -> Response:
    """Change the job, or the service, and show it."""
    if isinstance(gigs.get_gig(db(), object_id(gig_id)), Service):
        return change_service(gig_id)
    gig = jobs.own_job(db(), person(), object_id(gig_id))
    form = JobPageForm()
    keep_sent(form)
    changed = form.perform(
        lambda: jobs.edit_job(db(), person(), gig.id, form.values(), version=form.seen_version, now=now())
    )
    if changed:
        return go(changed.path)
    if form.status == 409:
        gig = jobs.get_job(db(), gig.id)
        form.show_again(gig.version)
    return job_form_page(form, gig)


def _service_page(service: Service) -> Response:
    """Return a service's page, with everything that its reader may know and do."""
    service = services.service_for(db(), viewer(), service.id)
    news_lead_to(service.path)
    # One address counts this often, whatever its browsers call themselves.
    address = address_key(request.remote_addr or "unknown")
    if is_looked_at() and (viewer() or runtime().limits.allows("views", address, service.id)):
        services.look_at(db(), service, viewer(), mark_of_visitor(service.id, now()), now())
    return render("services/show.html", "services/_service.html", **_service_context(service))


def _live_service(service: Service) -> Response:
    """Return a service again, for the person who is looking at it."""
    service = services.service_for(db(), viewer(), service.id)
    if not wants_fragment():
        return go(service.path)
    return render("services/_service.html", **_service_context(service))


def _service_context(service: Service) -> dict[str, Any]:
    """Return what the page of a service shows to its reader."""
    reader = viewer()
    is_owner = reader is not None and reader.user_id == service.owner_id
    return {
        "service": service,
        "owner": accounts.people(db(), [service.owner_id]).get(service.owner_id),
        "is_owner": is_owner,
        "offers_listing": reader is not None and is_owner and profiles.is_unlisted(db(), reader),
        "views": services.views_of(db(), [service]).get(service.id, 0) if is_owner else 0,
        "orders": service.order_count,
        "payments_off": runtime().gateway is None,
        "moderated": rules().moderates_services,
        **question_context(service),
        **service_reviews(service),
    }
