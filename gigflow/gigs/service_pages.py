"""Services for people: offer, show, change, pause, archive; and the lists of both kinds."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions as accounts
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.gigs import services
from gigflow.gigs.browsing import browse_context
from gigflow.gigs.forms import AltForm, ImageForm, ServicePageForm
from gigflow.gigs.models import IMAGES_MAX, GigImage, GigKind, Service
from gigflow.questions.views import question_context
from gigflow.reviews.views import service_reviews
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.runtime import db, person, runtime, viewer
from gigflow.web.uploads import takes_file

pages = Blueprint("services", __name__)


@pages.get("/services")
def browse() -> Response:
    """Live services, searched as one types."""
    return browse_page("service")


@pages.post("/services")
@signed_in
def post() -> Response:
    """Offer the service, at once or as a draft, and show it."""
    form = ServicePageForm()
    service = form.perform(
        lambda: services.create_service(
            db(),
            person(),
            form.terms(),
            draft="draft" in request.form,
            moderated=runtime().moderates_services,
            now=now(),
        )
    )
    return go(service.path) if service else service_form_page(form, None)


@pages.post("/gigs/<gig_id>/publish")
@signed_in
def publish(gig_id: str) -> Response:
    """Put it on the market, or before an admin."""
    moderated = runtime().moderates_services
    return go(services.publish(db(), person(), object_id(gig_id), moderated=moderated, now=now()).path)


@pages.post("/gigs/<gig_id>/take-back")
@signed_in
def take_back(gig_id: str) -> Response:
    """Make it a draft again."""
    return go(services.take_back(db(), person(), object_id(gig_id), now()).path)


@pages.post("/gigs/<gig_id>/pause")
@signed_in
def pause(gig_id: str) -> Response:
    """Take it out of the lists for a while."""
    return go(services.pause(db(), person(), object_id(gig_id), now()).path)


@pages.post("/gigs/<gig_id>/resume")
@signed_in
def resume(gig_id: str) -> Response:
    """Put it back."""
    return go(services.resume(db(), person(), object_id(gig_id), now()).path)


@pages.get("/gigs/<gig_id>/archive")
@signed_in
def ask_archive(gig_id: str) -> Response:
    """Ask before it is archived, naming it."""
    service = services.service_to_change(db(), person(), object_id(gig_id))
    return render("services/archive.html", "services/_archive.html", service=service)


@pages.post("/gigs/<gig_id>/archive")
@signed_in
def archive(gig_id: str) -> Response:
    """Take it off the market for good."""
    services.archive(db(), person(), object_id(gig_id), now())
    return go(url_for("bids.freelancing"))


@pages.post("/gigs/<gig_id>/images")
@signed_in
@takes_file
def add_image(gig_id: str) -> Response:
    """Show one more picture."""
    form = ImageForm()
    form.perform(lambda: _add_image(gig_id, form))
    return _images_page(gig_id, form, status=form.status)


@pages.post("/gigs/<gig_id>/images/<picture_id>")
@signed_in
def save_image(gig_id: str, picture_id: str) -> Response:
    """Say in words what it shows."""
    form = AltForm()

    def change(images: list[GigImage]) -> list[GigImage]:
        _find(images, picture_id).alt = form.alt.data or ""
        return images

    form.perform(lambda: services.change_images(db(), person(), object_id(gig_id), change, now()))
    problem = next(iter([*form.form_errors, *form.alt.errors]), None)
    return _images_page(gig_id, problem=problem, status=form.status)


@pages.post("/gigs/<gig_id>/images/<picture_id>/up")
@signed_in
def move_image(gig_id: str, picture_id: str) -> Response:
    """Move it one place up; the first is the one that lists show."""

    def change(images: list[GigImage]) -> list[GigImage]:
        place = images.index(_find(images, picture_id))
        images.insert(max(0, place - 1), images.pop(place))
        return images

    return _changed_images(gig_id, change)


@pages.post("/gigs/<gig_id>/images/<picture_id>/remove")
@signed_in
def remove_image(gig_id: str, picture_id: str) -> Response:
    """Show it no more."""

    def change(images: list[GigImage]) -> list[GigImage]:
        images.remove(_find(images, picture_id))
        return images

    return _changed_images(gig_id, change)


def browse_page(kind: GigKind) -> Response:
    """A list with its filters; HTMX asks for the results or, with a cursor, for more of them."""
    context = browse_context(kind)
    fragment = "gigs/_more.html" if context["cursor"] else "gigs/_results.html"
    return render("gigs/browse.html", fragment, **context)


def service_page(service: Service) -> Response:
    """A service with all that its reader may know and do."""
    service = services.service_for(db(), viewer(), service.id)
    services.look_at(db(), service, viewer())
    return render("services/show.html", "services/_service.html", **service_context(service))


def service_context(service: Service) -> dict[str, Any]:
    """What the page of a service shows to who is asking."""
    reader = viewer()
    is_owner = reader is not None and reader.user_id == service.owner_id
    return {
        "service": service,
        "owner": accounts.people(db(), [service.owner_id]).get(service.owner_id),
        "is_owner": is_owner,
        "views": services.views_of(db(), [service]).get(service.id, 0) if is_owner else 0,
        "orders": service.order_count,
        **question_context(service),
        **service_reviews(service),
    }


def edit_service_page(gig_id: str) -> Response:
    """The form to change a service of one's own, with its pictures."""
    service = services.service_to_change(db(), person(), object_id(gig_id))
    form = ServicePageForm(formdata=None, obj=service, data={"price": service.price_minor})
    return service_form_page(form, service)


def change_service(gig_id: str) -> Response:
    """Change a service and show it."""
    service = services.own_service(db(), person(), object_id(gig_id))
    form = ServicePageForm()
    changed = form.perform(
        lambda: services.edit_service(
            db(),
            person(),
            service.id,
            form.values(),
            version=form.seen_version,
            moderated=runtime().moderates_services,
            now=now(),
        )
    )
    if changed:
        return go(changed.path)
    if form.status == 409:
        # Sent again, it knowingly replaces what the other window saved; nothing that was typed is lost.
        service = services.own_service(db(), person(), service.id)
        form.version.data = str(service.version)
    return service_form_page(form, service)


def service_form_page(form: ServicePageForm, service: Service | None) -> Response:
    """The form for a service, new or there already."""
    page = "services/edit.html" if service else "services/new.html"
    return render(
        page,
        "services/_form.html",
        status=form.status,
        form=form,
        service=service,
        image_form=ImageForm(formdata=None),
        most=IMAGES_MAX,
    )


def _add_image(gig_id: str, form: ImageForm) -> Service:
    runtime().limits.spend("uploads", person().user_id)
    data, alt = form.picture.data, form.alt.data or ""
    return services.add_image(db(), person(), object_id(gig_id), data, alt, now())


def _changed_images(gig_id: str, change: Callable[[list[GigImage]], list[GigImage]]) -> Response:
    services.change_images(db(), person(), object_id(gig_id), change, now())
    return _images_page(gig_id)


def _images_page(
    gig_id: str, form: ImageForm | None = None, *, problem: str | None = None, status: int = 200
) -> Response:
    service = services.own_service(db(), person(), object_id(gig_id))
    if not wants_fragment() and status == 200:
        return go(url_for("gigs.edit", gig_id=service.id))
    shown = form if form and status != 200 else ImageForm(formdata=None)
    data = {"price": service.price_minor}
    return render(
        "services/edit.html",
        "services/_images.html",
        status=status,
        problem=problem,
        form=ServicePageForm(formdata=None, obj=service, data=data),
        service=service,
        image_form=shown,
        most=IMAGES_MAX,
    )


def _find(images: list[GigImage], picture_id: str) -> GigImage:
    found = next((image for image in images if image.id == object_id(picture_id)), None)
    if found is None:
        raise NotFound("This service has no such picture.", code="image_not_found")
    return found
