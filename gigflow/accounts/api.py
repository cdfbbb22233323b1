"""Signing up, in and out, devices, password and address for programs (docs/api.md, Signing in)."""

from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec
from flask import Blueprint, Response

from gigflow.accounts import actions, devices
from gigflow.accounts.forms import (
    ConfirmForm,
    DeleteForm,
    EmailForm,
    ForgotForm,
    PasswordForm,
    ResetForm,
    SignInForm,
    SignUpForm,
)
from gigflow.accounts.models import Rating, Session, User, Viewer
from gigflow.accounts.sign_in import (
    change_email_with,
    change_password_with,
    confirm_email_with,
    delete_account_with,
    forgot_with,
    reset_with,
    send_confirmation,
    sign_in_with,
    sign_up_with,
)
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.web.answers import answer, is_tolerant
from gigflow.web.auth import access_token, end_device, renew_now, signed_in
from gigflow.web.forms import bind
from gigflow.web.marks import never_limited
from gigflow.web.openapi import describes
from gigflow.web.runtime import db, person, viewer

api = Blueprint("accounts_api", __name__, url_prefix="/api/auth")
# Programs written for other back ends sign up and in below /api/users.
users_api = Blueprint("accounts_users_api", __name__, url_prefix="/api/users")


class Account(msgspec.Struct, rename="camel", kw_only=True):
    """Your own account. Nobody else sees the e-mail address, and nobody a hash (SECURITY 18). `emailConfirmed` is
    there, and false, until the address is confirmed: before that the account cannot act.
    """

    NAME: ClassVar[str] = "user"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str
    email: str
    intent: Literal["client", "freelancer"] | None
    is_admin: bool
    created_at: datetime
    email_confirmed: bool | msgspec.UnsetType = msgspec.UNSET


class AccountWithToken(Account, kw_only=True):
    """Your own account, with the access token for programs that keep it themselves."""

    token: str


class SignedInAccount(Account, kw_only=True):
    """Your own account; with the access token, unless answers are lean."""

    token: str | msgspec.UnsetType = msgspec.UNSET


class RatingBody(msgspec.Struct, rename="camel"):
    """Stars from 1 to 5 on average (null before the first review) and how many reviews."""

    average: float | None
    count: int


class Token(msgspec.Struct, rename="camel"):
    """A fresh access token, for programs that keep it themselves."""

    token: str


class Done(msgspec.Struct, rename="camel"):
    """It is done; there is nothing to show."""

    success: bool = True


class Device(msgspec.Struct, rename="camel", kw_only=True):
    """A device that is signed in; `current` is the one that you are using."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    current: bool
    user_agent: str
    created_at: datetime
    last_seen_at: datetime


class DeviceList(msgspec.Struct, rename="camel"):
    """All devices that are signed in, the one that you are using first. There is one page of them."""

    sessions: list[Device]
    next: str | None
    count: int


class Ended(msgspec.Struct, rename="camel"):
    """How many devices were signed out."""

    ended: int


def account(user: User) -> Account:
    """Return what a user sees of their own account."""
    return Account(**_account_fields(user))


@api.post("/register")
@describes("Sign up", "Accounts", SignedInAccount, form=SignUpForm, status=201, refusals=(409,))
def register() -> Response:
    """Make a new account, signed in at once."""
    return answer(_signed_in(sign_up_with(bind(SignUpForm))), 201)


@users_api.post("/register")
@describes(
    "Sign up, answering the token", "Accounts", AccountWithToken, form=SignUpForm, status=201, refusals=(409,)
)
def register_user() -> Response:
    """Make a new account, signed in at once; the answer carries the token too."""
    user = sign_up_with(bind(SignUpForm))
    return answer(AccountWithToken(**_account_fields(user), token=access_token()), 201)


@api.post("/login")
@describes("Sign in", "Accounts", SignedInAccount, form=SignInForm, refusals=(401,))
def login() -> Response:
    """Set cookies for a known address and password."""
    return answer(_signed_in(sign_in_with(bind(SignInForm))))


@users_api.post("/login")
@describes("Sign in, answering the token", "Accounts", AccountWithToken, form=SignInForm, refusals=(401,))
def login_user() -> Response:
    """Set cookies for a known address and password; the answer carries the token too."""
    user = sign_in_with(bind(SignInForm))
    return answer(AccountWithToken(**_account_fields(user), token=access_token()))


@api.post("/logout")
@never_limited
@describes("Sign out", "Accounts", Done)
def logout() -> Response:
    """End this device; it is no error if there is none."""
    known = viewer()
    if known:
        devices.sign_out(db(), known, now())
    end_device()
    return answer(Done())


@api.post("/refresh")
@describes("Renew the access token", "Accounts", Token, refusals=(401,))
def refresh() -> Response:
    """Issue a new access token for the refresh cookie. Any other request does it silently too."""
    return answer(Token(renew_now()))


@api.get("/me")
@signed_in
@describes("Get your account", "Accounts", Account)
def me() -> Response:
    """Show your own account."""
    return answer(account(actions.own_user(db(), person())))


@api.post("/forgot")
@describes("Request an e-mail to choose a new password", "Accounts", Done, form=ForgotForm, status=202)
def forgot() -> Response:
    """Give the same answer whether or not there is such an account (SECURITY 7)."""
    forgot_with(bind(ForgotForm))
    return answer(Done(), 202)


@api.post("/reset")
@describes("Choose a new password by the token from the e-mail", "Accounts", Done, form=ResetForm)
def reset() -> Response:
    """Sign every device out and use up the token."""
    form = bind(ResetForm)
    reset_with(form, form.token.data or "")
    return answer(Done())


@api.post("/confirm")
@describes(
    "Confirm an e-mail address by the token from the e-mail",
    "Accounts",
    Done,
    form=ConfirmForm,
    refusals=(409,),
)
def confirm() -> Response:
    """Confirm the address that you joined with, or a new one; the token is used up."""
    confirm_email_with(bind(ConfirmForm).token.data or "")
    return answer(Done())


@api.post("/confirm/send")
@signed_in
@describes("Send the e-mail again", "Accounts", Done, status=202, refusals=(409,))
def send_again() -> Response:
    """Send the letter that confirms your own address."""
    send_confirmation()
    return answer(Done(), 202)


@api.get("/sessions")
@signed_in
@describes("List your signed-in devices", "Accounts", DeviceList)
def list_devices() -> Response:
    """Show your devices (SECURITY 3)."""
    found = [_device(session, person()) for session in devices.devices_of(db(), person())]
    return answer(DeviceList(found, None, len(found)))


@api.delete("/sessions/<id>")
@signed_in
@never_limited
@describes("Sign a device out", "Accounts", Done, refusals=(404,))
def delete_device(id: str) -> Response:
    """End the device with this id; its tokens and sockets die at once."""
    devices.end_device(db(), person(), object_id(id), now())
    return answer(Done())


@api.delete("/sessions")
@signed_in
@never_limited
@describes("Sign all other devices out", "Accounts", Ended)
def delete_other_devices() -> Response:
    """End every device of yours but this one."""
    return answer(Ended(devices.end_other_devices(db(), person(), now())))


@api.patch("/email")
@signed_in
@describes("Change the e-mail address", "Accounts", Done, form=EmailForm, status=202, refusals=(409,))
def change_email() -> Response:
    """Send a letter to the new address; it is used once its link has been followed."""
    change_email_with(bind(EmailForm))
    return answer(Done(), 202)


@api.patch("/password")
@signed_in
@never_limited
@describes("Change the password", "Accounts", Token, form=PasswordForm, refusals=(409,))
def change_password() -> Response:
    """Give this device new tokens and sign every other one out, unless `keepOtherDevices` is true."""
    return answer(Token(change_password_with(bind(PasswordForm))))


@api.delete("/account")
@signed_in
@describes("Delete the account", "Accounts", Done, form=DeleteForm, refusals=(409,))
def delete_account() -> Response:
    """Delete the account for good, with everything personal."""
    delete_account_with(bind(DeleteForm))
    return answer(Done())


def rating_body(rating: Rating) -> RatingBody:
    """Return a rating for programs."""
    return RatingBody(rating.average, rating.count)


def _signed_in(user: User) -> SignedInAccount:
    token = access_token() if is_tolerant() else msgspec.UNSET
    return SignedInAccount(**_account_fields(user), token=token)


def _account_fields(user: User) -> dict[str, Any]:
    return {
        "id": str(user.id),
        "mongo_id": str(user.id),
        "name": user.name,
        "email": user.address,
        "intent": user.intent,
        "is_admin": user.is_admin,
        "created_at": user.created_at,
        "email_confirmed": False if user.unconfirmed else msgspec.UNSET,
    }


def _device(session: Session, viewer: Viewer) -> Device:
    return Device(
        id=str(session.id),
        mongo_id=str(session.id),
        current=session.id == viewer.device_id,
        user_agent=session.user_agent,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
    )
