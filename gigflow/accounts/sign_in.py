"""What pages and the API share of signing up, signing in and the settings of the account: the limits around them, the
password that they ask for, and the cookies after them.
"""

from flask import request

from gigflow.accounts import actions, confirming, credentials, devices, leaving
from gigflow.accounts.arriving import waiting_named
from gigflow.accounts.forms import (
    DeleteForm,
    EmailForm,
    ForgotForm,
    PasswordForm,
    ResetPageForm,
    SignInForm,
    SignUpForm,
)
from gigflow.accounts.models import User
from gigflow.accounts.passwords import hash_password
from gigflow.core.clock import now
from gigflow.core.errors import Invalid, TooMany
from gigflow.web.auth import end_device, start_device
from gigflow.web.known_devices import is_known, remember_sign_in, spend_reset, spend_sign_in
from gigflow.web.refused import count_refusal
from gigflow.web.runtime import db, person, rules, runtime, viewer


def sign_up_with(form: SignUpForm, time_zone: str = "") -> User:
    """Make an account and sign this browser in. Raises Conflict, TooMany."""
    runtime().limits.spend_by_address("register_address")
    unconfirmed = runtime().settings.confirms_addresses
    if unconfirmed:
        # Otherwise one could join and leave again and again with somebody else's address, who gets a letter each time.
        runtime().limits.spend("confirm", "joining", actions.normal_email(form.email.data or ""))
    user = actions.register(
        db(),
        name=form.name.data or "",
        email=form.email.data or "",
        password_hash=hash_password(form.password.data or ""),
        intent=form.intent.data,
        time_zone=time_zone,
        unconfirmed=unconfirmed,
        waiting=waiting_named(request.form.get("kept", "").split()) if unconfirmed else (),
        now=now(),
    )
    _start(user)
    return user


def sign_in_with(form: SignInForm) -> User:
    """Check address and password and sign this browser in. Raises NotSignedIn, TooMany."""
    email = form.email.data or ""
    try:
        spend_sign_in(email)
        user = actions.check_password(db(), email, form.password.data or "")
    except actions.WrongPassword as error:
        count_refusal("sign_in_failed", error.user_id)
        raise
    except TooMany:
        count_refusal("sign_in_limited")
        raise
    runtime().limits.spend("sign_ins", user.id)
    _start(user)
    return user


def forgot_with(form: ForgotForm) -> None:
    """Post a letter that lets its reader choose a new password. Raises TooMany."""
    email = form.email.data or ""
    spend_reset(email)
    credentials.ask_reset(db(), email, now())


def reset_with(form: ResetPageForm, token: str) -> User:
    """Choose a new password by the token of a letter. Raises Invalid."""
    user = credentials.reset_password(db(), token, form.password.data or "", rules=rules(), now=now())
    # Somebody who reads the account's mail is its owner, whatever others have guessed: this browser is known from now
    # on.
    remember_sign_in(user.email)
    return user


def confirm_email_with(token: str) -> User:
    """Confirm the address that the account joined with, or change to a new one; a browser that was known for the old
    address is known for that too. Raises Invalid, Conflict.
    """
    if credentials.user_of_token(db(), token, "confirm", now()):
        return confirming.confirm_address(db(), token, now())
    user = credentials.confirm_email(db(), token, now())
    known = viewer()
    if user.email_change and (is_known(user.email) or (known and known.user_id == user.id)):
        remember_sign_in(user.email_change.email)
    return user


def send_confirmation() -> None:
    """Send the viewer the letter that confirms their address again. Raises Conflict, TooMany."""
    user = confirming.user_to_confirm(db(), person())
    for key in (user.id, actions.normal_email(user.to_confirm)):
        runtime().limits.spend("confirm", "again", key)
    confirming.send_again(db(), user, now())


def change_email_with(form: EmailForm) -> None:
    """Post the letter that confirms the new address. Raises Invalid, Conflict, TooMany."""
    user = _asked_password(form.password.data, "password")
    # Counted by the address, too: otherwise many accounts together could flood a stranger with letters.
    for key in (user.id, actions.normal_email(form.email.data or "")):
        runtime().limits.spend("email_change", key)
    credentials.ask_email_change(db(), user, form.email.data or "", now())


def change_password_with(form: PasswordForm) -> str:
    """Take another password, and give this browser new tokens; returns the access token. Raises Invalid, Conflict,
    TooMany.
    """
    user = _asked_password(form.current_password.data, "current_password")
    signed = credentials.change_password(
        db(),
        person(),
        user,
        form.new_password.data or "",
        keep_others=form.keep_other_devices.data,
        rules=rules(),
        now=now(),
    )
    return start_device(signed)


def delete_account_with(form: DeleteForm) -> None:
    """Delete the account and make this browser forget it. Raises Invalid, Conflict, TooMany."""
    user = _asked_password(form.password.data, "password")
    leaving.delete_account(db(), user, now())
    end_device()


def _asked_password(password: str | None, field: str) -> User:
    """Return the viewer, who knows the password of their account: a stolen device must not be enough to take it
    over.
    """
    limits, user_id = runtime().limits, person().user_id
    limits.spend("password", user_id)
    try:
        user = actions.check_own_password(db(), person(), password or "", field)
    except Invalid:
        count_refusal("wrong_password")
        raise
    limits.forgive("password", user_id)
    return user


def _start(user: User) -> None:
    remember_sign_in(user.email)
    user_agent, most = request.headers.get("User-Agent", ""), runtime().limits.most("devices")
    start_device(devices.sign_in(db(), user, user_agent, now(), most=most))
