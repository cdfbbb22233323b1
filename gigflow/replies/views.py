"""The saved reply that a page with a composer is asked to put into its field."""

from flask import request

from gigflow.core.db import is_id, object_id
from gigflow.core.errors import NotFound
from gigflow.replies import actions
from gigflow.web.runtime import db, person


def asked_reply() -> str:
    """Return the text of the saved reply that the query names; "" if it names none of the viewer's."""
    asked = request.args.get("reply", "")
    if not is_id(asked):
        return ""
    try:
        return actions.saved_reply(db(), person(), object_id(asked)).text
    except NotFound:
        return ""  # it was deleted since
