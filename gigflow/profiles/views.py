"""What the public page of a person shows."""

from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId
from flask import request

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Availability, Piece, Ratings, User
from gigflow.core.languages import names_of
from gigflow.core.paging import page_request
from gigflow.jobs import actions as jobs
from gigflow.orders import actions as orders
from gigflow.orders.models import SIDES
from gigflow.profiles.forms import AvailabilityForm
from gigflow.services import actions as services
from gigflow.web.runtime import db, person, viewer

JOBS_MAX = 6
SERVICES_MAX = 12


class ProfileView(msgspec.Struct, kw_only=True):
    """A profile as everybody may read it: neither address nor hash is in here (SECURITY 18)."""

    id: ObjectId
    name: str
    headline: str
    bio: str
    skills: list[str]
    portfolio: list[Piece]
    picture_id: ObjectId | None
    languages: list[str]
    availability: Availability
    availability_until: datetime | None
    rating: Ratings
    answers_within: int | None
    created_at: datetime


def availability_context(form: AvailabilityForm | None = None, *, saved: bool = False) -> dict[str, Any]:
    """Return whether the reader takes new work, with the form that changes it."""
    user = accounts.own_user(db(), person())
    return {"user": user, "form": form or AvailabilityForm(formdata=None, obj=user), "saved": saved}


def profile_context(user: User) -> dict[str, Any]:
    """Return what this person tells of themselves, offers, did, and how they were rated. `cursor` in the query is that
    of their services.
    """
    reader = viewer()
    wanted = page_request(None, request.args.get("cursor"), default=SERVICES_MAX)
    offered = services.services_of(db(), user.id, reader, wanted)
    return {
        "languages": names_of(user.languages),
        "profile": msgspec.convert(user, ProfileView, from_attributes=True),
        "is_own": reader is not None and reader.user_id == user.id,
        "services": offered.rows,
        "next_services": offered.next,
        "jobs": jobs.open_jobs_of(db(), user.id, JOBS_MAX),
        "completed": {side: orders.completed_count(db(), user.id, side) for side in SIDES},
        "counts": jobs.counts_of(db(), user.id),
    }
