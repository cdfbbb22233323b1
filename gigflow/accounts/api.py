"""Signing up, in and out for programs (API.md, Signing in)."""

from datetime import datetime
from typing import Literal

import msgspec
from flask import Blueprint, Response

from gigflow.accounts import actions
from gigflow.accounts.forms import SignInForm, SignUpForm
from gigflow.accounts.models import User
from gigflow.accounts.sign_in import sign_in_with, sign_up_with
from gigflow.core.clock import now
from gigflow.core.errors import NotSignedIn
from gigflow.web.auth import end_device, renew_now, signed_in
from gigflow.web.forms import bind
from gigflow.web.openapi import answer, describes
from gigflow.web.runtime import db, person, viewer

api = Blueprint("accounts_api", __name__, url_prefix="/api/auth")


class Account(msgspec.Struct, rename="camel", kw_only=True):
    """One's own account. Nobody else sees the e-mail address, and nobody a hash (SECURITY 18)."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str
    email: str
    intent: Literal["client", "freelancer"] | None
    is_admin: bool
    created_at: datetime


class Token(msgspec.Struct, rename="camel"):
    """A fresh access token, for programs that keep it themselves."""

    token: str


class Done(msgspec.Struct, rename="camel"):
    """It is done; there is nothing to show."""

    success: bool = True


def account(user: User) -> Account:
    """What a user sees of their own account."""
    return Account(
        id=str(user.id),
        mongo_id=str(user.id),
        name=user.name,
        email=user.email,
        intent=user.intent,
        is_admin=user.is_admin,
        created_at=user.created_at,
    )


@api.post("/register")
@describes("Sign up", "Accounts", Account, form=SignUpForm, status=201, refusals=(409,))
def register() -> Response:
    """A new account, signed in at once."""
    return answer(account(sign_up_with(bind(SignUpForm))), 201)


@api.post("/login")
@describes("Sign in", "Accounts", Account, form=SignInForm, refusals=(401,))
def login() -> Response:
    """Cookies for a known address and password."""
    return answer(account(sign_in_with(bind(SignInForm))))


@api.post("/logout")
@describes("Sign out", "Accounts", Done)
def logout() -> Response:
    """End this device; without one there is nothing to end, which is as good."""
    known = viewer()
    if known:
        actions.sign_out(db(), known, now())
    end_device()
    return answer(Done())


@api.post("/refresh")
@describes("Renew the access token", "Accounts", Token, refusals=(401,))
def refresh() -> Response:
    """A new access token for the refresh cookie. Any other request does it silently too."""
    return answer(Token(renew_now()))


@api.get("/me")
@signed_in
@describes("Who is signed in", "Accounts", Account)
def me() -> Response:
    """One's own account."""
    user = actions.get_user(db(), person().user_id)
    if user is None:
        raise NotSignedIn
    return answer(account(user))
