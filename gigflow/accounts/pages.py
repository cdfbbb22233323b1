"""Signing up, in and out for people."""

from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions
from gigflow.accounts.forms import SignInPageForm, SignUpPageForm
from gigflow.accounts.sign_in import sign_in_with, sign_up_with
from gigflow.core.clock import now
from gigflow.core.errors import NotSignedIn
from gigflow.web.auth import end_device
from gigflow.web.htmx import go, render
from gigflow.web.runtime import db, viewer
from gigflow.web.security import safe_next

pages = Blueprint("accounts", __name__)

# Sign-up may say what a person comes for: it picks the first page shown (DOMAIN.md, User).
_FIRST_PAGE = {"client": "gigs.new", "freelancer": "gigs.browse"}


@pages.get("/register")
def register() -> Response:
    """The form for a new account."""
    if viewer():
        return go(url_for("pages.home"))
    form = SignUpPageForm(data={"next": request.args.get("next"), "intent": request.args.get("intent")})
    return _sign_up_page(form)


@pages.post("/register")
def create() -> Response:
    """Make the account and go on to where the person was going."""
    form = SignUpPageForm()
    user = form.perform(lambda: sign_up_with(form))
    if user is None:
        return _sign_up_page(form)
    first = _FIRST_PAGE.get(user.intent or "", "pages.home")
    return go(safe_next(form.next.data) if form.next.data else url_for(first))


@pages.get("/login")
def login() -> Response:
    """The form to sign in."""
    target = request.args.get("next")
    if viewer():
        return go(safe_next(target))
    return _sign_in_page(SignInPageForm(data={"next": target}))


@pages.post("/login")
def enter() -> Response:
    """Sign in and go on to where the person was going."""
    form = SignInPageForm()
    try:
        user = form.perform(lambda: sign_in_with(form))
    except NotSignedIn as error:
        form.refuse(error)
        form.status = 401
        user = None
    return go(safe_next(form.next.data)) if user else _sign_in_page(form)


@pages.post("/logout")
def logout() -> Response:
    """End this device and show the start page."""
    known = viewer()
    if known:
        actions.sign_out(db(), known, now())
    end_device()
    return go(url_for("pages.home"))


def _sign_up_page(form: SignUpPageForm) -> Response:
    return render("accounts/register.html", "accounts/_register.html", status=form.status, form=form)


def _sign_in_page(form: SignInPageForm) -> Response:
    return render("accounts/login.html", "accounts/_login.html", status=form.status, form=form)
