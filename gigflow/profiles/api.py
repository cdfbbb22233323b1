"""Profiles for programs (docs/api.md)."""

from datetime import date, datetime
from typing import Any, ClassVar

import msgspec
from flask import Blueprint, Response

from gigflow.accounts import actions as accounts
from gigflow.accounts.api import RatingBody, rating_body
from gigflow.accounts.models import Piece, User
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.jobs import actions as jobs
from gigflow.pictures.api import PictureBody, picture_body
from gigflow.profiles import actions
from gigflow.profiles.forms import PictureForm, ProfileApiForm
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import bind
from gigflow.web.openapi import describes
from gigflow.web.runtime import db, person
from gigflow.web.uploads import bind_files, count_upload, takes_file

api = Blueprint("profiles_api", __name__, url_prefix="/api/users")


class RatingsBody(msgspec.Struct, rename="camel"):
    """Ratings as freelancer and as client."""

    freelancer: RatingBody
    client: RatingBody


class ClientCountsBody(msgspec.Struct, rename="camel"):
    """How many jobs a person has posted as a client, for how many of them they have hired and paid a freelancer, and
    since when: their first job, null if there is none.
    """

    posted: int
    paid: int
    since: datetime | None


class PieceBody(msgspec.Struct, rename="camel"):
    """A piece of a portfolio."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    title: str
    url: str
    text: str
    picture: PictureBody | None


class ProfileBody(msgspec.Struct, rename="camel", kw_only=True):
    """What everyone may know of a person: never an e-mail address (SECURITY 18). `bio` is Markdown.
    `answersWithinSeconds` is within which time they usually answer people who write to them, null if nobody can say.
    """

    NAME: ClassVar[str] = "user"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str
    headline: str
    bio: str
    skills: list[str]
    languages: list[str]
    availability: str
    availability_until: date | None
    portfolio: list[PieceBody]
    picture: PictureBody | None
    rating: RatingsBody
    client_counts: ClientCountsBody
    answers_within_seconds: int | None
    created_at: datetime


class OwnProfileBody(ProfileBody, kw_only=True):
    """Your own profile, with what only you may know."""

    email: str
    intent: str | None
    is_admin: bool
    time_zone: str
    listed: bool


@api.get("/profile")
@signed_in
@describes("Get your profile", "People", OwnProfileBody)
def own() -> Response:
    """Show your profile."""
    return _own_answer()


@api.put("/profile")
@signed_in
@describes("Change your profile", "People", OwnProfileBody, form=ProfileApiForm, partial=True)
def change() -> Response:
    """Change the fields that are sent; a field that is left out stays as it is. What was read can be put back."""
    changes: dict[str, Any] = bind(ProfileApiForm, partial=True).values()
    pieces = changes.pop("portfolio", None)
    if changes:
        actions.change_profile(db(), person(), changes, now())
    if pieces is not None:
        wanted = [(object_id(piece.id), msgspec.structs.asdict(piece)) for piece in pieces]
        for _, values in wanted:
            del values["id"]
        actions.replace_portfolio(db(), person(), wanted, now())
    return _own_answer()


@api.put("/profile/picture")
@signed_in
@takes_file
@describes("Replace your picture", "People", OwnProfileBody, form=PictureForm)
def set_picture() -> Response:
    """Take the multipart field `picture`: PNG, JPEG or WebP; it is stored again in three sizes (SECURITY 19)."""
    count_upload("picture")
    form = bind_files(PictureForm)
    actions.set_picture(db(), person(), form.picture.data, now())
    return _own_answer()


@api.delete("/profile/picture")
@signed_in
@describes("Remove your picture", "People", OwnProfileBody)
def remove_picture() -> Response:
    """Remove the picture; it is no error if there is none."""
    actions.remove_picture(db(), person(), now())
    return _own_answer()


@api.put("/profile/portfolio/<id>/picture")
@signed_in
@takes_file
@describes(
    "Give a piece of your portfolio a picture", "People", OwnProfileBody, form=PictureForm, refusals=(404,)
)
def set_piece_picture(id: str) -> Response:
    """Take the multipart field `picture` for the piece of your portfolio with this id."""
    piece = actions.own_piece(db(), person(), object_id(id))
    count_upload("picture")
    form = bind_files(PictureForm)
    actions.change_piece(db(), person(), piece.id, {}, data=form.picture.data, now=now())
    return _own_answer()


@api.get("/<id>")
@describes("Get a person's profile", "People", ProfileBody, refusals=(404,))
def show(id: str) -> Response:
    """Show what everybody may know of the person with this id."""
    return answer(ProfileBody(**_fields(actions.profile_of(db(), object_id(id)))))


def _own_answer() -> Response:
    user = accounts.own_user(db(), person())
    return answer(
        OwnProfileBody(
            **_fields(user),
            email=user.address,
            intent=user.intent,
            is_admin=user.is_admin,
            time_zone=user.time_zone,
            listed=user.listed,
        )
    )


def _fields(user: User) -> dict[str, Any]:
    counts = jobs.counts_of(db(), user.id)
    return {
        "id": str(user.id),
        "mongo_id": str(user.id),
        "name": user.name,
        "headline": user.headline,
        "bio": user.bio,
        "skills": user.skills,
        "languages": user.languages,
        "availability": user.availability,
        "availability_until": user.availability_until.date() if user.availability_until else None,
        "portfolio": [_piece(piece) for piece in user.portfolio],
        "picture": picture_body(user.picture_id),
        "rating": RatingsBody(rating_body(user.rating.freelancer), rating_body(user.rating.client)),
        "client_counts": ClientCountsBody(counts.posted, counts.paid, counts.since),
        "answers_within_seconds": user.answers_within,
        "created_at": user.created_at,
    }


def _piece(piece: Piece) -> PieceBody:
    return PieceBody(
        str(piece.id), str(piece.id), piece.title, piece.url, piece.text, picture_body(piece.picture_id)
    )
