"""What signing up and in, and the settings of an account, take."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField
from wtforms.validators import InputRequired, Length, StopValidation

from gigflow.accounts.models import EMAIL_MAX, NAME_MAX, PASSWORD_MAX
from gigflow.accounts.passwords import password_problem
from gigflow.core.addresses import is_address
from gigflow.core.clock import time_zones
from gigflow.web.fields import JsonField, SecretField, TextField, YesNoField, ZoneField, text_rules
from gigflow.web.forms import Form
from gigflow.web.runtime import rules


class EmailShape:
    """An e-mail address that every mail program reads alike. Only a letter can tell whether it works."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if not is_address(field.data or ""):
            raise StopValidation("Enter an e-mail address, such as maya@example.org.")


class IntentField(JsonField, RadioField):
    """What a person comes for. It picks the first page shown and nothing else (docs/domain.md, Words)."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        choices = [("client", "I want to hire"), ("freelancer", "I am looking for work")]
        super().__init__(label, choices=choices, validate_choice=False, **kwargs)

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data and self.data not in {"client", "freelancer"}:
            raise StopValidation("client or freelancer.")
        self.data = self.data or None

    def schema(self) -> dict[str, Any]:
        """Return the type: one of the two."""
        return {"type": "string", "enum": ["client", "freelancer"]}


def email_rules() -> list[Any]:
    """Return validators of an address that somebody wants to use."""
    return [
        InputRequired("Enter an e-mail address."),
        Length(max=EMAIL_MAX, message="This is too long."),
        EmailShape(),
    ]


def password_rules(missing: str) -> list[Any]:
    """Return validators of a password that is only compared: its hash tells whether it is the right one."""
    return [InputRequired(missing), Length(max=PASSWORD_MAX * 8, message="This is too long.")]


class SignUpForm(Form):
    """A new account."""

    name = TextField("Your name", text_rules(NAME_MAX, "Enter your name."))
    email = TextField("E-mail", email_rules())
    password = SecretField("Password", [InputRequired("Choose a password.")])
    intent = IntentField("What brings you here?")

    def validate_password(self, field: Field) -> None:
        """Refuse a weak password (SECURITY 6); WTForms calls this besides the field's own rules."""
        typed = {name: self[name].data or "" for name in ("name", "email")}
        problem = password_problem(field.data or "", **typed, strict=rules().strict_passwords)
        if field.data and problem:
            raise StopValidation(problem)


class SignUpPageForm(SignUpForm):
    """The page's form also knows where the person was going, and the browser's time zone."""

    next = HiddenField()
    time_zone = HiddenField()

    def zone(self) -> str:
        """Return the browser's time zone, or "" if it named none that exists."""
        return self.time_zone.data if self.time_zone.data in time_zones() else ""


class SignInForm(Form):
    """What signing in takes. It says what is missing, but never which of the two was wrong."""

    email = TextField(
        "E-mail",
        [InputRequired("Enter your e-mail address."), Length(max=EMAIL_MAX, message="This is too long.")],
    )
    password = SecretField("Password", password_rules("Enter your password."))


class SignInPageForm(SignInForm):
    """The page's form also knows where the person was going."""

    next = HiddenField()


class ForgotForm(Form):
    """Whose password is to be reset. Any text will do: the answer never tells whether there is such an account."""

    email = TextField(
        "E-mail",
        [InputRequired("Enter your e-mail address."), Length(max=EMAIL_MAX, message="This is too long.")],
    )


class ResetPageForm(Form):
    """A new password; the page's address carries the token."""

    password = SecretField("New password", [InputRequired("Choose a password.")])


class ConfirmForm(Form):
    """The token of a letter, which confirms an address."""

    token = TextField("Token", [InputRequired("Enter the token from the e-mail.")])


class ResetForm(ResetPageForm):
    """A new password by the token of a letter."""

    token = TextField("Token", [InputRequired("Enter the token from the e-mail.")])


class EmailForm(Form):
    """Another address for the account."""

    email = TextField("New e-mail", email_rules())
    password = SecretField("Your password", password_rules("Enter your password to confirm that it is you."))


class PasswordForm(Form):
    """Another password for the account."""

    current_password = SecretField("Current password", password_rules("Enter your current password."))
    new_password = SecretField("New password", [InputRequired("Choose a new password.")])
    keep_other_devices = YesNoField(
        "Keep my other devices signed in", description="Otherwise only this one stays signed in."
    )


class DeleteForm(Form):
    """Deleting the account asks for its password."""

    # Its dialog is on a page that also asks for the password elsewhere.
    password = SecretField(
        "Your password",
        password_rules("Enter your password to confirm that it is you."),
        id="delete-password",
    )


class ZoneForm(Form):
    """The time zone in which times are shown."""

    time_zone = ZoneField("Time zone", description="Used for exact times on every page.")
