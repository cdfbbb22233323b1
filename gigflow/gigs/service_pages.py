"""Services for people: offer, show, change, pause, archive; and the lists of both kinds."""

from collections.abc import Callable
from typing import Any

from bson import ObjectId
from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions as accounts
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid, NotFound
from gigflow.gigs import services
from gigflow.gigs.browsing import browse_context
from gigflow.gigs.forms import AltForm, ImageForm, ServicePageForm
from gigflow.gigs.models import IMAGES_MAX, GigImage, GigKind, Service
from gigflow.questions.views import question_context
from gigflow.reviews.views import service_reviews
from gigflow.web.auth import signed_in
from gigflow.web.counters import address_key
from gigflow.web.forms import form_of
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person, rules, runtime, viewer
from gigflow.web.uploads import count_upload, takes_file
from gigflow.web.visitors import is_looked_at, mark_of_visitor

pages = Blueprint("services", __name__)


@pages.get("/services")
def browse() -> Response:
    """Live services, searched as one types."""
    return browse_page("service")


@pages.post("/services")
@signed_in
@limited("gigs", in_form=True)
def post() -> Response:
    """Offer the service, at once or as a draft, and show it."""
    form = ServicePageForm()
    service = form.perform(
        lambda: services.create_service(
            db(),
            person(),
            form.terms(),
            draft="draft" in request.form,
            rules=rules(),
            now=now(),
            most=runtime().limits.most("services"),
        )
    )
    return go(service.path) if service else service_form_page(form, None)


@pages.post("/gigs/<gig_id>/publish")
@signed_in
@limited("edits")
def publish(gig_id: str) -> Response:
    """Put it on the market, or before an admin."""
    return go(services.publish(db(), person(), object_id(gig_id), rules=rules(), now=now()).path)


@pages.post("/gigs/<gig_id>/take-back")
@signed_in
@limited("edits")
def take_back(gig_id: str) -> Response:
    """Make it a draft again."""
    return go(services.take_back(db(), person(), object_id(gig_id), now()).path)


@pages.post("/gigs/<gig_id>/pause")
@signed_in
@limited("edits")
def pause(gig_id: str) -> Response:
    """Take it out of the lists for a while."""
    return go(services.pause(db(), person(), object_id(gig_id), now()).path)


@pages.post("/gigs/<gig_id>/resume")
@signed_in
@limited("edits")
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


@pages.get("/gigs/<gig_id>/images")
@pages.get("/gigs/<gig_id>/images/<picture_id>/<change>")
@signed_in
def images(gig_id: str, picture_id: str = "", change: str = "up") -> Response:
    """Where the form stood after a change without JavaScript: reloaded or opened by address, it is the form."""
    if change not in ("up", "down", "remove"):
        raise NotFound
    service = services.service_to_change(db(), person(), object_id(gig_id))
    return go(url_for("gigs.edit", gig_id=service.id, _anchor="images"))


@pages.post("/gigs/<gig_id>/images")
@signed_in
@takes_file
def add_image(gig_id: str) -> Response:
    """Show one more picture."""
    services.own_service(db(), person(), object_id(gig_id))
    count_upload("picture", in_form=True)
    form = ImageForm()
    form.perform(lambda: _add_image(gig_id, form))
    return _images_page(gig_id, form)


@pages.post("/gigs/<gig_id>/images/<picture_id>/up", defaults={"step": -1})
@pages.post("/gigs/<gig_id>/images/<picture_id>/down", defaults={"step": 1})
@signed_in
@takes_file
def move_image(gig_id: str, picture_id: str, step: int) -> Response:
    """Move it one place up or down; the first is the one that lists show."""

    def change(images: list[GigImage]) -> list[GigImage]:
        place = images.index(_find(images, picture_id))
        images.insert(max(0, place + step), images.pop(place))
        return images

    return _changed_images(gig_id, change)


@pages.post("/gigs/<gig_id>/images/<picture_id>/remove")
@signed_in
@takes_file
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
    status = 503 if context["slow"] else 400 if context["is_lost"] else 200
    return render("gigs/browse.html", fragment, status=status, **context)


def service_page(service: Service) -> Response:
    """A service with all that its reader may know and do."""
    service = services.service_for(db(), viewer(), service.id)
    # One address counts so often, whatever its browsers call themselves.
    address = address_key(request.remote_addr or "unknown")
    if is_looked_at() and (viewer() or runtime().limits.allows("views", address, service.id)):
        services.look_at(db(), service, viewer(), mark_of_visitor(service.id, now()), now())
    return render("services/show.html", "services/_service.html", **service_context(service))


def live_service(service: Service) -> Response:
    """A service again, for who is looking at it."""
    service = services.service_for(db(), viewer(), service.id)
    if not wants_fragment():
        return go(service.path)
    return render("services/_service.html", **service_context(service))


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
        "payments_off": runtime().gateway is None,
        "moderated": rules().moderates_services,
        **question_context(service),
        **service_reviews(service),
    }


def edit_service_page(gig_id: str) -> Response:
    """The form to change a service of one's own, with its pictures."""
    service = services.service_to_change(db(), person(), object_id(gig_id))
    form = _form_of(service)
    return service_form_page(form, service)


def change_service(gig_id: str) -> Response:
    """Save all that the page has: one more picture, the terms, and what the pictures show; then show the service."""
    service = services.own_service(db(), person(), object_id(gig_id))
    count_upload("picture", in_form=True)
    form, image_form = ServicePageForm(), ImageForm()
    if image_form.picture.data is not None:
        image_form.perform(lambda: _add_image(gig_id, image_form))
    saved = form.perform(lambda: _save(service, form)) if image_form.status == 200 else None
    if saved:
        return go(saved.path)
    service = services.own_service(db(), person(), service.id)
    if form.status == 409:
        # Sent again, it knowingly replaces what the other window saved; nothing that was typed is lost.
        form.version.data = str(service.version)
    return service_form_page(form, service, image_form)


def service_form_page(
    form: ServicePageForm,
    service: Service | None,
    image_form: ImageForm | None = None,
    *,
    fragment: str = "services/_form.html",
) -> Response:
    """The form for a service, new or there already with its pictures; `image_form` as it was sent."""
    is_added = image_form is not None and image_form.status == 200 and image_form.picture.data is not None
    refused = image_form if image_form and image_form.status != 200 else None
    return render(
        "services/edit.html" if service else "services/new.html",
        fragment,
        status=refused.status if refused else form.status,
        form=form,
        service=service,
        image_form=refused or ImageForm(formdata=None),
        is_added=is_added,
        alts=_typed_alts(service) if service else {},
        most=IMAGES_MAX,
        moderated=rules().moderates_services,
    )


def _add_image(gig_id: str, form: ImageForm) -> Service:
    data, alt = form.picture.data, form.alt.data or ""
    return services.add_image(db(), person(), object_id(gig_id), data, alt, rules=rules(), now=now())


def _changed_images(gig_id: str, change: Callable[[list[GigImage]], list[GigImage]]) -> Response:
    _change_images(gig_id, change)
    return _images_page(gig_id)


def _change_images(gig_id: str, change: Callable[[list[GigImage]], list[GigImage]]) -> Service:
    return services.change_images(db(), person(), object_id(gig_id), change, rules=rules(), now=now())


def _images_page(gig_id: str, image_form: ImageForm | None = None) -> Response:
    """The page again, with what was typed elsewhere on it: its buttons send the whole form."""
    service = services.own_service(db(), person(), object_id(gig_id))
    form, saved = ServicePageForm(), _form_of(service)
    is_typed = "title" in request.form and (
        form.values() != saved.values() or _typed_alts(service) != _alts(service)
    )
    if not wants_fragment() and not is_typed and (image_form is None or image_form.status == 200):
        return go(url_for("gigs.edit", gig_id=service.id, _anchor="images"))
    shown = form if "title" in request.form else saved
    return service_form_page(shown, service, image_form, fragment="services/_images.html")


def _form_of(service: Service) -> ServicePageForm:
    return ServicePageForm(formdata=None, obj=service, data={"price": service.price_minor})


def _alts(service: Service) -> dict[ObjectId, str]:
    return {image.id: image.alt for image in service.images}


def _typed_alts(service: Service) -> dict[ObjectId, str]:
    """What each picture shows, as it was typed into this request or else as it is saved."""
    return {image_id: form.alt.data or "" for image_id, form in _alt_forms(service).items()}


def _alt_forms(service: Service) -> dict[ObjectId, AltForm]:
    return {image.id: form_of(AltForm, {"alt": _sent_alt(image)}) for image in service.images}


def _sent_alt(image: GigImage) -> str:
    """What was sent of a picture; what is as the page showed it was not typed, and is what is saved by now."""
    sent = request.form.get(f"alt-{image.id}", image.alt)
    return image.alt if sent == request.form.get(f"shown-alt-{image.id}") else sent


def _save(service: Service, form: ServicePageForm) -> Service:
    """Save the terms and what the pictures show. Raises Invalid, Conflict, NotFound, Forbidden."""
    service = services.own_service(db(), person(), service.id)
    for number, alt_form in enumerate(_alt_forms(service).values(), 1):
        if alt_form.problems:
            raise Invalid({}, f"Picture {number}: {alt_form.problems['alt'][0]}")
    saved = _alts(service)
    anew = {image_id: alt for image_id, alt in _typed_alts(service).items() if alt != saved[image_id]}
    version = form.seen_version
    services.edit_service(
        db(), person(), service.id, form.values(), version=version, rules=rules(), now=now()
    )
    if not anew:
        return service

    def describe(images: list[GigImage]) -> list[GigImage]:
        return [GigImage(id=image.id, alt=anew.get(image.id, image.alt)) for image in images]

    return _change_images(str(service.id), describe)


def _find(images: list[GigImage], picture_id: str) -> GigImage:
    found = next((image for image in images if image.id == object_id(picture_id)), None)
    if found is None:
        raise NotFound("This service has no such picture.", code="image_not_found")
    return found
