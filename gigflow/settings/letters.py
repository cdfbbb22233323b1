"""The settings of letters: who takes them, whom they are from, and whether a letter has to confirm an address."""

from typing import Annotated, Literal

from gigflow.settings import readers
from gigflow.settings.limits import LimitSettings
from gigflow.settings.readers import Setting


class LetterSettings(LimitSettings, frozen=True, kw_only=True):
    """What the settings say of letters. A struct has one base, so it includes the limits."""

    smtp_url: Annotated[
        str,
        Setting(
            "",
            "The server that takes letters: smtp:// uses STARTTLS if it is offered, smtps:// TLS from the start."
            " Special characters of the password are written as %XX. Empty: letters are files in VAR_DIR/outbox.",
            "an address like smtp://[user:password@]host[:port], or the same with smtps",
            readers.smtp_url,
        ),
    ]
    mail_from: Annotated[
        str,
        Setting(
            "",
            "Whom letters are from. Empty: GigFlow <no-reply@…> at the host of PUBLIC_URL, or else at localhost.",
            "an address such as GigFlow <no-reply@example.org>",
            lambda text: text and readers.mailbox(text),
        ),
    ]
    confirm_email: Annotated[
        Literal["auto", "on", "off"],
        Setting(
            "auto",
            "on: an account acts and is written to only after its address was confirmed by a letter; auto: on if"
            " SMTP_URL is set or PUBLIC_URL is https.",
            "auto, on or off",
            readers.choice("auto", "on", "off"),
        ),
    ]
