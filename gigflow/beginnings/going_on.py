"""What of a beginning is a request's: the cookie of the browser that it belongs to, and where it goes on."""

import logging
from datetime import datetime

from bson import ObjectId
from flask import Flask, Response, after_this_request, current_app, g, request, url_for

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Kept, Out, User, Viewer
from gigflow.beginnings import actions
from gigflow.beginnings.models import KEPT, Beginning, What
from gigflow.core.clock import now as at_this_moment
from gigflow.core.db import NO_ID, object_id
from gigflow.core.errors import Conflict, EmailNotConfirmed
from gigflow.core.texts import quoted
from gigflow.gigs.models import Wanted
from gigflow.web import signed_links
from gigflow.web.cache import REFUSED
from gigflow.web.runtime import EXTENSION, Runtime, db, person, rules, runtime

log = logging.getLogger(__name__)

_PURPOSE = "begun here"
_SENTENCES = {
    "job": "Your job {title} is ready. Join to publish it.",
    "service": "Your service {title} is ready. Join to publish it.",
    "purchase": "{title} is waiting for you. Join to order it.",
}
_AFTER = {
    "job": "Your job goes out once you confirm.",
    "service": "Your service goes out once you confirm.",
    "purchase": "You can place your order once you confirm.",
}


def keep_for_visitor(what: What, as_draft: bool, now: datetime) -> str:
    """Keep what a visitor sent, in a bounded row that their browser alone can name; return where they join."""
    runtime().limits.spend_by_address("beginnings")
    here = _here()
    edited = object_id(request.form["begun"]) if request.form.get("begun") else None
    kept = actions.keep(db(), what, as_draft=as_draft, here=here, edited=edited, now=now)
    _remember([*(each for each in here if each != kept.id), kept.id])
    request.environ[REFUSED] = True  # nothing that lists show was written: their copies stay
    return url_for("accounts.register", intent="freelancer" if kept.kind == "service" else "client")


def kept_here() -> tuple[Kept, ...]:
    """Return what waits at this browser, in sentences that say why one joins."""
    return tuple(
        Kept(
            str(each.id),
            _SENTENCES[each.kind].format(title=quoted(each.title)),
            each.title,
            _edit_path(each),
            _AFTER[each.kind],
        )
        for each in left_here()
    )


def go_on(user: User, is_here: bool, now: datetime) -> str | None:
    """Let what somebody began go on. What this browser has kept becomes theirs if the form by which they joined or
    signed in named it: nobody publishes unseen what somebody else has left at a shared computer.
    """
    account = accounts.get_user(db(), user.id)
    if account is None:
        return None
    adopted = False
    if is_here:
        named = {object_id(text) for text in request.form.get("kept", "").split()}
        ids = [each for each in _here() if each in named]
        if ids and actions.adopt(db(), account, ids, now):
            _remember([each for each in _here() if each not in ids])
            adopted = True
    places = [_go_on_with(each, account, is_here, now) for each in actions.ready_of(db(), account.id)]
    found = next((place for place in reversed(places) if place), None)
    return found or (url_for("home.show") if adopted else None)


def went_out(user_id: ObjectId) -> tuple[Out, ...]:
    """Say what somebody wrote and what went out by itself since their address is confirmed."""
    return tuple(
        Out(
            str(each.id),
            _out_words(each).format(title=quoted(each.title)),
            url_for("gigs.show", gig_id=each.gig_id),
        )
        for each in actions.out_of(db(), user_id)
    )


def left_here() -> list[Beginning]:
    """Return what this browser has kept and nobody has joined for."""
    return actions.waiting_here(db(), _here(), at_this_moment())


def go_on_now(beginning_id: ObjectId, now: datetime) -> str:
    """Let something go on because the viewer says so: their own, or what this browser has kept, which becomes theirs.
    Return where. Raises NotFound, Conflict, EmailNotConfirmed.
    """
    user = accounts.own_user(db(), person())
    was_here = beginning_id in _here()
    if was_here:
        if not actions.adopt(db(), user, [beginning_id], now):
            raise Conflict(
                "Too much of yours waits. Finish or discard some of it first.", code="too_many_begun"
            )
        _remember([each for each in _here() if each != beginning_id])
    begun = actions.own(db(), person(), beginning_id)
    if user.unconfirmed:
        if was_here:
            return url_for("home.show")  # which says what it waits for
        raise EmailNotConfirmed(user.to_confirm)
    return _go_on_with(begun, user, True, now) or url_for("home.show")


def publish_due(app: Flask) -> None:
    """Let go out what is due: what the request that should have done it did not live to do."""
    found: Runtime = app.extensions[EXTENSION]
    for each in actions.ready(found.db, at_this_moment()):
        try:
            actions.publish(found.db, each, rules=found.rules, most=most_of(found), now=at_this_moment())
        except LookupError:
            log.exception("a beginning cannot go out: %s", each.id)


def most_of(found: Runtime) -> actions.Most:
    """Return the bounds of what one person may have on the market."""
    return actions.Most(found.limits.most("open_jobs"), found.limits.most("services"))


def forget_here(beginning_id: ObjectId) -> bool:
    """Forget something that this browser has kept; returns False if it has not."""
    here = _here()
    if beginning_id not in here:
        return False
    actions.discard_here(db(), beginning_id)
    _remember([each for each in here if each != beginning_id])
    return True


def purchase_path(wanted: Wanted) -> str:
    """Return the page of a purchase, which says so if the terms are no longer those that were seen."""
    return url_for(
        "buying.ask_buy", gig_id=wanted.service_id, price=wanted.price_minor, version=wanted.version
    )


def _go_on_with(beginning: Beginning, user: User, is_here: bool, now: datetime) -> str | None:
    if beginning.kind != "purchase":
        gig_id = actions.publish(db(), beginning, rules=rules(), most=most_of(runtime()), now=now)
        if gig_id and is_here:
            actions.note_seen(db(), beginning)
        return url_for("gigs.show", gig_id=gig_id) if gig_id else _kept_path(beginning)
    if not is_here:
        return None
    viewer = Viewer(user_id=user.id, device_id=NO_ID, name=user.name)
    wanted = actions.go_to_buy(db(), viewer, beginning, now)
    return purchase_path(wanted) if wanted else _kept_path(beginning)


def _out_words(beginning: Beginning) -> str:
    if beginning.job:
        return "Your job {title} is published."
    if beginning.as_draft:
        return "Your service {title} is saved as a draft."
    if rules().moderates_services:
        return "Your service {title} was sent for review."
    return "Your service {title} is published."


def _edit_path(beginning: Beginning) -> str:
    if beginning.wanted:
        return ""
    kind = "service" if beginning.service else None  # by which the page marks its tab
    return url_for("begun.edit", beginning_id=beginning.id, kind=kind)


def _kept_path(beginning: Beginning) -> str:
    return url_for("begun.show", beginning_id=beginning.id)


def _cookie_name() -> str:
    return "__Host-begun" if runtime().settings.https else "begun"


def _here() -> list[ObjectId]:
    """Return the ids of what this browser has kept, as this answer leaves them."""
    if "begun" in g:
        return list(g.begun)
    words = signed_links.read(str(current_app.secret_key), _PURPOSE, request.cookies.get(_cookie_name(), ""))
    return [object_id(word) for word in words or []]


def _remember(ids: list[ObjectId]) -> None:
    """Let the browser keep these ids: signed, and out of reach of scripts."""
    if "begun" not in g:
        after_this_request(_set_cookie)
    g.begun = ids


def _set_cookie(response: Response) -> Response:
    https = runtime().settings.https
    if g.begun:
        value = signed_links.sign(str(current_app.secret_key), _PURPOSE, [str(each) for each in g.begun])
        age = int(KEPT.total_seconds())
        response.set_cookie(_cookie_name(), value, max_age=age, httponly=True, secure=https, samesite="Lax")
    else:
        response.delete_cookie(_cookie_name(), httponly=True, secure=https, samesite="Lax")
    return response
