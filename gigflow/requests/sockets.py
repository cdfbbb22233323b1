"""The client of a request, and admins, see it change while they look at it (docs/api.md, Socket.IO: `watch`,
`request`). Nobody else is told of it: freelancers watch their offers.
"""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.requests import store
from gigflow.web.watches import Standing, Watchable


def _circle_of(db: Db, viewer: Viewer | None, request_id: ObjectId) -> str | None:
    if viewer is None:
        return None
    request = store.get_request(db, request_id)
    if request is None or not (viewer.is_admin or request.client_id == viewer.user_id):
        raise NotFound("There is no such request.", code="request_not_found", hides=request is not None)
    return "inner"


def _standing_of(db: Db, request_id: ObjectId, circle: str | None) -> Standing | None:
    request = store.get_request(db, request_id) if circle else None
    return Standing(request.status, request.stamp) if request else None


WATCHED = Watchable("request", store.REQUESTS, ("inner",), _circle_of, _standing_of)
