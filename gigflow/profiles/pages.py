"""Profiles for people: the settings in which they are written."""

from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import PORTFOLIO_MAX, SKILL_MAX, Piece, User
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.texts import quoted
from gigflow.profiles import actions
from gigflow.profiles.forms import AvailabilityForm, PictureForm, PiecePageForm, ProfilePageForm
from gigflow.profiles.views import availability_context
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, render_question, wants_fragment
from gigflow.web.runtime import db, person
from gigflow.web.uploads import count_upload, takes_file

pages = Blueprint("profiles", __name__)


@pages.get("/skills")
def suggest_skills() -> Response:
    """Suggest skills in use, for the fields in which people write theirs."""
    if not wants_fragment():
        return go(url_for("profiles.edit"))  # it is a part of a form, not a page
    typed = request.args.get("q", "")[:SKILL_MAX]
    return render("profiles/_skills.html", suggestions=actions.suggest_skills(db(), typed))


@pages.get("/settings/profile")
@signed_in
def edit() -> Response:
    """Show the form for what the viewer tells of themselves."""
    return _profile_page(saved="saved" in request.args)


@pages.post("/settings/profile")
@signed_in
def save() -> Response:
    """Save it."""
    form = ProfilePageForm()
    form.perform(
        lambda: actions.change_profile(db(), person(), form.values(), now(), version=form.seen_version)
    )
    if form.status == 200 and not wants_fragment():
        return go(url_for("profiles.edit", saved=1))
    if form.status == 409:
        form.show_again(accounts.own_user(db(), person()).version)
    return _profile_page(form, saved=form.status == 200)


@pages.post("/settings/profile/back")
@signed_in
def come_back() -> Response:
    """Make the viewer available again, before the day that they had said."""
    actions.come_back(db(), person(), now())
    return _profile_page(saved=True) if wants_fragment() else go(url_for("profiles.edit", saved=1))


@pages.post("/settings/profile/availability")
@signed_in
def set_availability() -> Response:
    """Say whether the viewer takes new work, from where they work."""
    form = AvailabilityForm()
    form.perform(lambda: actions.change_profile(db(), person(), form.values(), now()))
    if form.status == 200 and not wants_fragment():
        return go(url_for("work.freelancing"))
    context = availability_context(form, saved=form.status == 200)
    return render("profiles/availability.html", "profiles/_availability.html", status=form.status, **context)


@pages.post("/settings/profile/listed")
@signed_in
def show_among_freelancers() -> Response:
    """Show the viewer among freelancers from now on, from wherever that is offered."""
    actions.show_among_freelancers(db(), person(), now())
    if wants_fragment():
        return render("profiles/_offer_listing.html", listed=True)
    return go(url_for("profiles.edit", saved=1))


@pages.post("/settings/profile/picture")
@signed_in
@takes_file
def set_picture() -> Response:
    """Show another picture of the viewer."""
    count_upload("picture", in_form=True)
    form = PictureForm()
    form.perform(lambda: _set_picture(form))
    return _picture_page(form)


@pages.post("/settings/profile/picture/remove")
@signed_in
def remove_picture() -> Response:
    """Show the viewer's initials again."""
    actions.remove_picture(db(), person(), now())
    return _picture_page(PictureForm(formdata=None))


@pages.get("/settings/portfolio")
@signed_in
def portfolio() -> Response:
    """Show the viewer's own pieces."""
    return _portfolio_page(accounts.own_user(db(), person()).portfolio)


@pages.get("/settings/portfolio/new")
@signed_in
def new_piece() -> Response:
    """Show the form for one more."""
    return _piece_page(PiecePageForm(formdata=None), None)


@pages.post("/settings/portfolio")
@signed_in
@takes_file
def add_piece() -> Response:
    """Add it at the end."""
    count_upload("picture", in_form=True)
    form = PiecePageForm()
    form.perform(lambda: actions.add_piece(db(), person(), _words(form), _picture_of(form), now()))
    return go(url_for("profiles.portfolio")) if form.status == 200 else _piece_page(form, None)


@pages.get("/settings/portfolio/<piece_id>")
@signed_in
def edit_piece(piece_id: str) -> Response:
    """Show the form to change a piece."""
    piece = actions.own_piece(db(), person(), object_id(piece_id))
    return _piece_page(PiecePageForm(formdata=None, obj=piece), piece)


@pages.post("/settings/portfolio/<piece_id>")
@signed_in
@takes_file
def save_piece(piece_id: str) -> Response:
    """Change it."""
    piece = actions.own_piece(db(), person(), object_id(piece_id))
    count_upload("picture", in_form=True)
    form = PiecePageForm()
    form.perform(
        lambda: actions.change_piece(
            db(),
            person(),
            piece.id,
            _words(form),
            data=_picture_of(form),
            remove_picture=form.remove_picture.data,
            now=now(),
        )
    )
    return go(url_for("profiles.portfolio")) if form.status == 200 else _piece_page(form, piece)


@pages.post("/settings/portfolio/<piece_id>/up")
@signed_in
def move_piece(piece_id: str) -> Response:
    """Move it one place up."""
    pieces = actions.move_piece(db(), person(), object_id(piece_id), now())
    return _portfolio_page(pieces) if wants_fragment() else go(url_for("profiles.portfolio"))


@pages.get("/settings/portfolio/<piece_id>/remove")
@signed_in
def ask_remove_piece(piece_id: str) -> Response:
    """Ask before it is removed, naming it."""
    piece = actions.own_piece(db(), person(), object_id(piece_id))
    return render_question("profiles/_remove_piece.html", f"Remove {quoted(piece.title)}", piece=piece)


@pages.post("/settings/portfolio/<piece_id>/remove")
@signed_in
def remove_piece(piece_id: str) -> Response:
    """Remove it, with its picture."""
    actions.remove_piece(db(), person(), object_id(piece_id), now())
    return go(url_for("profiles.portfolio"))


def _set_picture(form: PictureForm) -> None:
    data = _picture_of(form)
    assert data is not None  # the form requires one
    actions.set_picture(db(), person(), data, now())


def _picture_of(form: PictureForm | PiecePageForm) -> bytes | None:
    """Return the picture that was sent, or None."""
    data: bytes | None = form.picture.data
    return data


def _words(form: PiecePageForm) -> dict[str, str]:
    return {"title": form.title.data, "url": form.url.data, "text": form.text.data}


def _profile_page(form: ProfilePageForm | None = None, *, saved: bool = False) -> Response:
    user = accounts.own_user(db(), person())
    return render(
        "profiles/edit.html",
        "profiles/_form.html",
        status=form.status if form else 200,
        user=user,
        form=form if form and form.status != 200 else ProfilePageForm(formdata=None, obj=user),
        picture_form=PictureForm(formdata=None),
        saved=saved,
        saved_picture=False,
    )


def _picture_page(form: PictureForm) -> Response:
    if form.status == 200 and not wants_fragment():
        return go(url_for("profiles.edit", saved=1))
    user: User = accounts.own_user(db(), person())
    return render(
        "profiles/edit.html",
        "profiles/_picture.html",
        status=form.status,
        user=user,
        form=ProfilePageForm(formdata=None, obj=user),
        picture_form=form,
        saved=False,
        saved_picture=form.status == 200,
    )


def _portfolio_page(pieces: list[Piece]) -> Response:
    return render("profiles/portfolio.html", "profiles/_portfolio.html", pieces=pieces, most=PORTFOLIO_MAX)


def _piece_page(form: PiecePageForm, piece: Piece | None) -> Response:
    return render(
        "profiles/piece.html",
        "profiles/_piece_form.html",
        status=form.status,
        form=form,
        piece=piece,
        # A browser sends a file once: it has to be chosen again.
        picture_lost=form.status != 200 and form.picture.data is not None and not form.picture.errors,
    )
