"""Pictures for everybody who may see the page that shows them: the whole world."""

from flask import Blueprint, Response, request

from gigflow.core.db import object_id
from gigflow.pictures import actions
from gigflow.pictures.models import picture_path
from gigflow.web.assets import FOR_EVER
from gigflow.web.marks import needs_nobody, shown_anywhere
from gigflow.web.runtime import db

pages = Blueprint("pictures", __name__)
pages.add_app_template_global(picture_path, "picture_url")


@pages.get("/pictures/<picture_id>/<size>.webp")
@needs_nobody
@shown_anywhere
def show(picture_id: str, size: str) -> Response:
    """Send a picture in one size. It never changes, so a browser that has it need not ask again for a year."""
    response = Response(actions.picture_bytes(db(), object_id(picture_id), size), mimetype="image/webp")
    response.headers["Cache-Control"] = FOR_EVER
    response.set_etag(f"{picture_id.lower()}-{size}")
    response.make_conditional(request)
    return response
