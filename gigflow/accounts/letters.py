"""What accounts write to their people, composed when it is sent: its secrets are made at that moment and kept
nowhere.
"""

from datetime import datetime
from typing import Any

from gigflow.accounts import store
from gigflow.accounts.credentials import make_token
from gigflow.core.db import Db
from gigflow.core.rules import Rules
from gigflow.mails.models import Action, Letter

Data = dict[str, Any]


def password_reset(db: Db, data: Data, rules: Rules, now: datetime) -> Letter | None:
    """Compose the link to choose a new password; nobody gets one for an address that no account has (SECURITY 7)."""
    user = store.get_user_by_email(db, data["email"])
    if user is None or user.disabled_at:
        return None
    token = make_token(db, user, "reset", user.email, now)
    return Letter(
        to=user.address,
        # The person who made the account chose its name: a reader of an unconfirmed address is not shown it.
        name="" if user.unconfirmed else user.name,
        subject="Choose a new password",
        paragraphs=["Someone, probably you, asked for a new password for your GigFlow account."],
        action=Action("Choose a new password", f"/reset/{token}"),
        note="The link works once, for 30 minutes. If it wasn’t you, ignore this e-mail: your password stays the same.",
    )


def confirm_address(db: Db, data: Data, rules: Rules, now: datetime) -> Letter | None:
    """Compose the link by which somebody who has joined shows that the address is theirs. It contains none of their
    words: the reader may be somebody else.
    """
    user = store.get_user(db, data["user_id"])
    if user is None or user.disabled_at or not user.unconfirmed or user.email != data["email"]:
        return None
    token = make_token(db, user, "confirm", user.email, now)
    return Letter(
        to=user.address,
        name="",
        subject="Confirm your address",
        paragraphs=[
            "Welcome to GigFlow! Confirm your address to post jobs, bid and buy.",
            *data.get("waiting", ()),  # our sentences, without a title; older letters have none
        ],
        action=Action("Confirm my address", f"/confirm/{token}"),
        note="The link works once, for 7 days. If you did not join GigFlow, someone mistyped their address:"
        " ignore this e-mail, and nobody can use your address here.",
    )


def email_change(db: Db, data: Data, rules: Rules, now: datetime) -> Letter | None:
    """Compose the link that confirms a new address, sent to that address, unless it is no longer wanted."""
    user = store.get_user(db, data["user_id"])
    if user is None or user.disabled_at or not user.email_change:
        return None
    email = user.email_change.email
    if email != data["email"]:
        return None
    token = make_token(db, user, "email", email, now)
    return Letter(
        to=email,
        name="",  # nobody knows yet whose address this is
        subject="Confirm your new address",
        paragraphs=[f"You want to use {email} for your GigFlow account from now on."],
        action=Action("Confirm this address", f"/confirm/{token}"),
        note="The link works once, for 24 hours. If you have no GigFlow account, someone mistyped their address:"
        " ignore this e-mail.",
    )


def password_changed(db: Db, data: Data, rules: Rules, now: datetime) -> Letter:
    """Compose the notice that the password has changed, so that a person who did not change it can act."""
    return Letter(
        to=data["email"],
        name=data["name"],
        subject="Your password was changed",
        paragraphs=[
            "The password of your GigFlow account was changed.",
            "If it was you, there is nothing to do.",
        ],
        action=Action("It wasn’t me", "/forgot"),
        note="If it wasn’t you, choose a new password at once; this signs out all devices.",
    )


def email_changed(db: Db, data: Data, rules: Rules, now: datetime) -> Letter:
    """Compose the notice to the old address that the account has a new one."""
    return Letter(
        to=data["email"],
        name=data["name"],
        subject="Your e-mail address was changed",
        paragraphs=[
            "Your GigFlow account now uses another e-mail address. This address gets no more e-mails.",
            "If it was you, there is nothing to do.",
        ],
        note="If it wasn’t you, someone knows your password. Contact the operators of this site at once.",
    )


def account_deleted(db: Db, data: Data, rules: Rules, now: datetime) -> Letter:
    """Compose the good-bye."""
    return Letter(
        to=data["email"],
        name=data["name"],
        subject="Your account is deleted",
        paragraphs=[
            "Your GigFlow account and your personal data are deleted.",
            "Your agreements with others stay visible to them, without your name.",
        ],
        note="This is the last e-mail to this address.",
    )
