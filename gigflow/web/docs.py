"""The API's own description: the OpenAPI document and a page to read and try it."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template

from gigflow.web.answers import is_tolerant
from gigflow.web.openapi import openapi_document

docs = Blueprint("docs", __name__)


@docs.get("/api/openapi.json")
def document() -> Response:
    """Send the OpenAPI 3.1 document."""
    return jsonify(_document())


@docs.get("/api/docs")
def page() -> str:
    """Show the same to people."""
    return render_template("api/docs.html", document=_document(), tolerant=is_tolerant())


def _document() -> dict[str, Any]:
    # Made once per application: its routes do not change while it runs.
    if "gigflow-openapi" not in current_app.extensions:
        current_app.extensions["gigflow-openapi"] = openapi_document(current_app)
    return dict(current_app.extensions["gigflow-openapi"])
