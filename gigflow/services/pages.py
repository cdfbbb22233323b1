"""Services for people: offer, change, pause, archive."""

from collections.abc import Callable

from bson import ObjectId
from flask import Blueprint, Response, request, url_for

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid, NotFound
from gigflow.core.texts import quoted
from gigflow.gigs.models import IMAGES_MAX, GigImage, Service
from gigflow.services import actions
from gigflow.services.forms import AltForm, ImageForm, ServicePageForm
from gigflow.web.auth import signed_in
from gigflow.web.forms import form_of
from gigflow.web.htmx import go, render, render_question, wants_fragment
from gigflow.web.limits import limited, spend_by_person
from gigflow.web.marks import visitors_begin
from gigflow.web.runtime import db, person, rules, runtime, viewer
from gigflow.web.uploads import count_upload, takes_file

pages = Blueprint("services", __name__)


@pages.post("/services")
@visitors_begin
def post() -> Response:
    """Offer the service, at once or as a draft, and show it; a visitor's is kept until they have joined."""
    form = ServicePageForm()
    if viewer() is None:
        as_draft = "draft" in request.form
        place = form.perform(lambda: actions.begin_service(form.terms(), as_draft, now()))
        return go(place) if place else service_form_page(form, None)
    spend_by_person("gigs", in_form=True)
    service = form.perform(
        lambda: actions.create_service(
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


@pages.post("/services/questions", defaults={"gig_id": ""})
@pages.post("/gigs/<gig_id>/form/questions")
@visitors_begin
@takes_file
def ask_more(gig_id: str) -> Response:
    """Show the form with a question more, or less, and with everything that was typed."""
    service = actions.own_service(db(), person(), object_id(gig_id)) if gig_id else None
    form = ServicePageForm()
    form.questions.errors = ()
    if "more" in request.form:
        form.questions.add_row()
    elif (place := request.form.get("remove", "")).isdigit():
        form.questions.remove_row(int(place[:2]))
    return service_form_page(form, service, fragment="services/_asked.html")


@pages.post("/gigs/<gig_id>/publish")
@signed_in
@limited("edits")
def publish(gig_id: str) -> Response:
    """Put it on the market, or before an admin."""
    return go(actions.publish(db(), person(), object_id(gig_id), rules=rules(), now=now()).path)


@pages.post("/gigs/<gig_id>/take-back")
@signed_in
@limited("edits")
def take_back(gig_id: str) -> Response:
    """Make it a draft again."""
    return go(actions.take_back(db(), person(), object_id(gig_id), now()).path)


@pages.post("/gigs/<gig_id>/pause")
@signed_in
@limited("edits")
def pause(gig_id: str) -> Response:
    """Take it out of the lists for a while."""
    return go(actions.pause(db(), person(), object_id(gig_id), now()).path)


@pages.post("/gigs/<gig_id>/resume")
@signed_in
@limited("edits")
def resume(gig_id: str) -> Response:
    """Put it back."""
    return go(actions.resume(db(), person(), object_id(gig_id), now()).path)


@pages.get("/gigs/<gig_id>/archive")
@signed_in
def ask_archive(gig_id: str) -> Response:
    """Ask before it is archived, naming it."""
    service = actions.service_to_change(db(), person(), object_id(gig_id))
    return render_question("services/_archive.html", f"Archive {quoted(service.title)}", service=service)


@pages.post("/gigs/<gig_id>/archive")
@signed_in
def archive(gig_id: str) -> Response:
    """Take it off the market for good."""
    actions.archive(db(), person(), object_id(gig_id), now())
    return go(url_for("work.freelancing"))


@pages.get("/gigs/<gig_id>/images")
@pages.get("/gigs/<gig_id>/images/<picture_id>/<change>")
@signed_in
def images(gig_id: str, picture_id: str = "", change: str = "up") -> Response:
    """Show the form if the address of a change made without JavaScript is reloaded or opened."""
    if change not in ("up", "down", "remove"):
        raise NotFound
    service = actions.service_to_change(db(), person(), object_id(gig_id))
    return go(url_for("gigs.edit", gig_id=service.id, _anchor="images"))


@pages.post("/gigs/<gig_id>/images")
@signed_in
@takes_file
def add_image(gig_id: str) -> Response:
    """Show one more picture."""
    actions.own_service(db(), person(), object_id(gig_id))
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
    """Remove it."""

    def change(images: list[GigImage]) -> list[GigImage]:
        images.remove(_find(images, picture_id))
        return images

    return _changed_images(gig_id, change)


def edit_service_page(gig_id: str) -> Response:
    """Show the form to change a service of the viewer's, with its pictures."""
    service = actions.service_to_change(db(), person(), object_id(gig_id))
    form = _form_of(service)
    return service_form_page(form, service)


def change_service(gig_id: str) -> Response:
    """Save everything that the page has: one more picture, the terms, and what the pictures show; then show the
    service.
    """
    service = actions.own_service(db(), person(), object_id(gig_id))
    count_upload("picture", in_form=True)
    form, image_form = ServicePageForm(), ImageForm()
    if image_form.picture.data is not None:
        image_form.perform(lambda: _add_image(gig_id, image_form))
    saved = form.perform(lambda: _save(service, form)) if image_form.status == 200 else None
    if saved:
        return go(saved.path)
    service = actions.own_service(db(), person(), service.id)
    if form.status == 409:
        form.show_again(service.version)
    return service_form_page(form, service, image_form)


def service_form_page(
    form: ServicePageForm,
    service: Service | None,
    image_form: ImageForm | None = None,
    *,
    fragment: str = "services/_form.html",
) -> Response:
    """Return the form for a service, new or existing with its pictures; `image_form` as it was sent."""
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
    return actions.add_image(db(), person(), object_id(gig_id), data, alt, rules=rules(), now=now())


def _changed_images(gig_id: str, change: Callable[[list[GigImage]], list[GigImage]]) -> Response:
    _change_images(gig_id, change)
    return _images_page(gig_id)


def _change_images(gig_id: str, change: Callable[[list[GigImage]], list[GigImage]]) -> Service:
    return actions.change_images(db(), person(), object_id(gig_id), change, rules=rules(), now=now())


def _images_page(gig_id: str, image_form: ImageForm | None = None) -> Response:
    """Return the page again, with what was typed elsewhere on it: its buttons send the whole form."""
    service = actions.own_service(db(), person(), object_id(gig_id))
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
    """Return what each picture shows, as it was typed into this request or else as it is saved."""
    return {image_id: form.alt.data or "" for image_id, form in _alt_forms(service).items()}


def _alt_forms(service: Service) -> dict[ObjectId, AltForm]:
    return {image.id: form_of(AltForm, {"alt": _sent_alt(image)}) for image in service.images}


def _sent_alt(image: GigImage) -> str:
    """Return what was sent of a picture; a text that is as the page showed it was not typed, and is replaced by what is
    saved by now.
    """
    sent = request.form.get(f"alt-{image.id}", image.alt)
    return image.alt if sent == request.form.get(f"shown-alt-{image.id}") else sent


def _save(service: Service, form: ServicePageForm) -> Service:
    """Save the terms and what the pictures show. Raises Invalid, Conflict, NotFound, Forbidden."""
    service = actions.own_service(db(), person(), service.id)
    for number, alt_form in enumerate(_alt_forms(service).values(), 1):
        if alt_form.problems:
            raise Invalid({}, f"Picture {number}: {alt_form.problems['alt'][0]}")
    saved = _alts(service)
    changed_alts = {image_id: alt for image_id, alt in _typed_alts(service).items() if alt != saved[image_id]}
    version = form.seen_version
    actions.edit_service(db(), person(), service.id, form.values(), version=version, rules=rules(), now=now())
    if not changed_alts:
        return service

    def describe(images: list[GigImage]) -> list[GigImage]:
        return [GigImage(id=image.id, alt=changed_alts.get(image.id, image.alt)) for image in images]

    return _change_images(str(service.id), describe)


def _find(images: list[GigImage], picture_id: str) -> GigImage:
    found = next((image for image in images if image.id == object_id(picture_id)), None)
    if found is None:
        raise NotFound("This service has no such picture.", code="image_not_found")
    return found
