"""What pages and the API share of signing up and in: the limits around it and the cookies after it."""

from flask import request

from gigflow.accounts import actions
from gigflow.accounts.forms import SignInForm, SignUpForm
from gigflow.accounts.models import User
from gigflow.core.clock import now
from gigflow.web.auth import start_device
from gigflow.web.known_devices import remember_sign_in, spend_sign_in
from gigflow.web.runtime import db, runtime


def sign_up_with(form: SignUpForm) -> User:
    """Make an account and sign this browser in. Raises Conflict, TooMany."""
    runtime().limits.spend_by_address("register_address")
    user = actions.register(
        db(),
        name=form.name.data or "",
        email=form.email.data or "",
        password=form.password.data or "",
        intent=form.intent.data,
        now=now(),
    )
    _start(user)
    return user


def sign_in_with(form: SignInForm) -> User:
    """Check address and password and sign this browser in. Raises NotSignedIn, TooMany."""
    email = form.email.data or ""
    spend_sign_in(email)
    user = actions.check_password(db(), email, form.password.data or "")
    _start(user)
    return user


def _start(user: User) -> None:
    remember_sign_in(user.email)
    start_device(actions.sign_in(db(), user, request.headers.get("User-Agent", ""), now()))
