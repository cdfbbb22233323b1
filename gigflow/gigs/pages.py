"""Jobs for people: browse, read, post, edit, close."""

from flask import Blueprint, Response, request, url_for

from gigflow.bids.views import job_context, turns_of_owner
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.core.paging import page_request
from gigflow.gigs import actions, searching
from gigflow.gigs.categories import CATEGORY_GROUPS, CATEGORY_NAMES
from gigflow.gigs.forms import JobPageForm, ServicePageForm
from gigflow.gigs.models import Job, Service
from gigflow.gigs.service_pages import (
    browse_page,
    change_service,
    edit_service_page,
    live_service,
    service_form_page,
    service_page,
)
from gigflow.orders.views import active_rows
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person, runtime
from gigflow.web.uploads import takes_file

pages = Blueprint("gigs", __name__)

NEWEST_OF_CATEGORY = 6


@pages.get("/jobs")
def browse() -> Response:
    """Open jobs, searched as one types; HTMX asks for the results or, with a cursor, for more of them."""
    return browse_page("job")


@pages.get("/categories")
def categories() -> Response:
    """What work is sorted into, with how much there is of each."""
    return render("gigs/categories.html", groups=searching.categories(db()))


@pages.get("/categories/<slug>")
def category(slug: str) -> Response:
    """The newest of one category."""
    group = next((name for name, pairs in CATEGORY_GROUPS if slug in dict(pairs)), None)
    if group is None:
        raise NotFound("There is no such category.", code="category_not_found")
    return render(
        "gigs/category.html",
        category={"slug": slug, "name": CATEGORY_NAMES[slug]},
        group_name=group,
        jobs=searching.newest(db(), "job", NEWEST_OF_CATEGORY, slug),
        services=searching.newest(db(), "service", NEWEST_OF_CATEGORY, slug),
    )


@pages.get("/gigs/new")
@signed_in
def new() -> Response:
    """The form for a new job, or for a service that one offers."""
    if request.args.get("kind") == "service":
        return service_form_page(ServicePageForm(formdata=None), None)
    return _form_page(JobPageForm(formdata=None), None)


@pages.get("/gigs")
def all_gigs() -> Response:
    """Where a refused form stood without JavaScript: reloaded or opened by address, it is the list."""
    return go(url_for("gigs.browse"))


@pages.post("/gigs")
@signed_in
@limited("gigs", in_form=True)
def post() -> Response:
    """Put the job on the market and show it."""
    form = JobPageForm()
    most = runtime().limits.most("open_jobs")
    gig = form.perform(lambda: actions.post_job(db(), person(), form.terms(), now(), most=most))
    return go(gig.path) if gig else _form_page(form, None)


@pages.get("/gigs/<gig_id>")
def show(gig_id: str) -> Response:
    """A job or a service with all that its reader may know and do."""
    gig = actions.get_gig(db(), object_id(gig_id))
    if isinstance(gig, Service):
        return service_page(gig)
    return render("gigs/show.html", **job_context(gig))


@pages.get("/gigs/<gig_id>/live")
def live(gig_id: str) -> Response:
    """The part of a job's or a service's page that changes while one looks at it.

    Who looks at what is hidden from them meanwhile reads that it is gone; it says the same of what never was there.
    """
    try:
        gig = actions.get_gig(db(), object_id(gig_id))
        if isinstance(gig, Service):
            return live_service(gig)
    except NotFound:
        if not wants_fragment():
            raise
        return render("services/_gone.html", gig_id=gig_id)
    if not wants_fragment():
        return go(gig.path)
    return render("gigs/_live.html", **job_context(gig), with_brief=True)


@pages.get("/gigs/<gig_id>/edit")
@signed_in
def edit(gig_id: str) -> Response:
    """The form to change an open job, or a service, of one's own."""
    if isinstance(actions.get_gig(db(), object_id(gig_id)), Service):
        return edit_service_page(gig_id)
    gig = actions.own_job(db(), person(), object_id(gig_id))
    if gig.status != "open":
        raise actions.not_open(gig)
    return _form_page(JobPageForm(formdata=None, obj=gig, data={"budget": gig.price_minor}), gig)


@pages.post("/gigs/<gig_id>")
@signed_in
@limited("edits", in_form=True)
@takes_file
def change(gig_id: str) -> Response:
    """Change the job, or the service, and show it."""
    if isinstance(actions.get_gig(db(), object_id(gig_id)), Service):
        return change_service(gig_id)
    gig = actions.own_job(db(), person(), object_id(gig_id))
    form = JobPageForm()
    changed = form.perform(
        lambda: actions.edit_job(db(), person(), gig.id, form.values(), version=form.seen_version, now=now())
    )
    if changed:
        return go(changed.path)
    if form.status == 409:
        # Sent again, it knowingly replaces what the other window saved; nothing that was typed is lost.
        gig = actions.get_job(db(), gig.id)
        form.version.data = str(gig.version)
    return _form_page(form, gig)


@pages.get("/gigs/<gig_id>/close")
@signed_in
def ask_close(gig_id: str) -> Response:
    """Ask before closing, naming the job."""
    gig = actions.own_job(db(), person(), object_id(gig_id))
    if gig.status != "open":
        raise actions.not_open(gig)
    return render("gigs/close.html", "gigs/_close.html", gig=gig)


@pages.post("/gigs/<gig_id>/close")
@signed_in
def close(gig_id: str) -> Response:
    """Close the job and show what became of it."""
    return go(actions.close_job(db(), person(), object_id(gig_id), now()).path)


@pages.get("/hiring")
@signed_in
def hiring() -> Response:
    """What the viewer has others do: their orders and jobs, with whose turn it is in each."""
    page = actions.jobs_of(db(), person(), page_request(None, request.args.get("cursor")))
    next_url = url_for("gigs.hiring", cursor=page.next) if page.next else None
    return render(
        "gigs/hiring.html",
        orders=[] if "cursor" in request.args else active_rows(person(), "client"),
        rows=turns_of_owner(page.rows),
        next_url=next_url,
    )


def _form_page(form: JobPageForm, gig: Job | None) -> Response:
    page = "gigs/edit.html" if gig else "gigs/new.html"
    return render(page, "gigs/_form.html", status=form.status, form=form, gig=gig)
