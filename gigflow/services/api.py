"""What owners do with services, for programs (docs/api.md)."""

from typing import Any

from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.gigs.bodies import GigBody, gig_body
from gigflow.gigs.models import GigImage, Service
from gigflow.services import actions
from gigflow.services.forms import ImageForm, ImagesForm
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import bind, json_body
from gigflow.web.limits import limited
from gigflow.web.openapi import describes
from gigflow.web.runtime import db, person, rules, runtime
from gigflow.web.uploads import bind_files, count_upload, takes_file

api = Blueprint("services_api", __name__, url_prefix="/api")

_CHANGE: dict[str, Any] = {"refusals": (403, 404, 409)}


@api.post("/gigs/<id>/publish")
@signed_in
@limited("edits")
@describes("Put a service on the market", "Services", GigBody, **_CHANGE)
def publish(id: str) -> Response:
    """Make a draft live; if services are moderated it waits for an admin first, as does a rejected one."""
    return _answer(actions.publish(db(), person(), object_id(id), rules=rules(), now=now()))


@api.post("/gigs/<id>/take-back")
@signed_in
@limited("edits")
@describes("Make a service that is awaiting approval a draft again", "Services", GigBody, **_CHANGE)
def take_back(id: str) -> Response:
    """Make a service that waits for an admin a draft."""
    return _answer(actions.take_back(db(), person(), object_id(id), now()))


@api.post("/gigs/<id>/pause")
@signed_in
@limited("edits")
@describes("Pause a service: hide it from search", "Services", GigBody, **_CHANGE)
def pause(id: str) -> Response:
    """Pause a live service."""
    return _answer(actions.pause(db(), person(), object_id(id), now()))


@api.post("/gigs/<id>/resume")
@signed_in
@limited("edits")
@describes("Resume a paused service", "Services", GigBody, **_CHANGE)
def resume(id: str) -> Response:
    """Make a paused service live again."""
    return _answer(actions.resume(db(), person(), object_id(id), now()))


@api.post("/gigs/<id>/images")
@signed_in
@takes_file
@describes(
    "Show one more picture of a service",
    "Services",
    GigBody,
    form=ImageForm,
    status=201,
    refusals=(403, 404, 409),
)
def add_image(id: str) -> Response:
    """Take the multipart fields `picture` and `alt`; a service has at most five pictures (SECURITY 19)."""
    actions.own_service(db(), person(), object_id(id))
    count_upload("picture")
    form = bind_files(ImageForm)
    data, alt = form.picture.data, form.alt.data or ""
    added = actions.add_image(db(), person(), object_id(id), data, alt, rules=rules(), now=now())
    return _answer(added, 201)


@api.put("/gigs/<id>/images")
@signed_in
@limited("edits")
@describes(
    "Order, describe and remove the pictures of a service", "Services", GigBody, form=ImagesForm, **_CHANGE
)
def change_images(id: str) -> Response:
    """Make the service's pictures those of the list, in its order; a picture that is left out is removed, and an `alt`
    that is left out stays.
    """
    actions.own_service(db(), person(), object_id(id))
    if json_body().get("images") is None:
        raise Invalid({"images": ["The pictures in their order; an empty list removes them all."]})
    wanted = bind(ImagesForm).images.data

    def change(images: list[GigImage]) -> list[GigImage]:
        alts = {image.id: image.alt for image in images}
        ids = [image_id for image_id, _ in wanted]
        if not alts.keys() >= set(ids) or len(set(ids)) != len(ids):
            raise Invalid({"images": ["Only pictures of this service, each once."]})
        return [GigImage(id=image_id, alt=alts[image_id] if alt is None else alt) for image_id, alt in wanted]

    return _answer(actions.change_images(db(), person(), object_id(id), change, rules=rules(), now=now()))


def _answer(service: Service, status: int = 200) -> Response:
    return answer(gig_body(service, runtime().currency), status)
