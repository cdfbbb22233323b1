"""What an action may raise. Each error has a stable code for programs and a sentence for people.

Actions know nothing of HTTP: only `gigflow.web.errors` knows which status each of these becomes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class DomainError(Exception):
    """The base of every refusal. `code` is stable, `message` may be reworded."""

    code = "error"
    message = "That did not work."

    def __init__(self, message: str | None = None, *, code: str | None = None) -> None:
        self.message = message or self.message
        self.code = code or self.code
        super().__init__(self.message)


class Invalid(DomainError):
    """Input that a person can correct. `fields` maps a field's name to its messages; "" is the whole form."""

    code = "invalid_fields"
    message = "Please correct the marked fields."

    def __init__(
        self,
        fields: dict[str, list[str]] | None = None,
        message: str | None = None,
        *,
        code: str | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.fields = fields or {}


class NotSignedIn(DomainError):
    """Nobody is signed in, or the credentials are not, or no longer, good."""

    code = "not_signed_in"
    message = "Please sign in."


class Forbidden(DomainError):
    """Signed in, but this person may not do this."""

    code = "forbidden"
    message = "You don’t have access to this."


class EmailNotConfirmed(Forbidden):
    """Signed in with an address that nobody has confirmed yet: this account may look around, and not act."""

    code = "email_not_confirmed"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"Confirm your e-mail address first: open the link we sent to {address}."
            " If it did not arrive, we can send it again."
        )


class NotFound(DomainError):
    """Not there, or not theirs to know of: then it `hides` something, which the record counts and no answer tells."""

    code = "not_found"
    message = "This does not exist."

    def __init__(self, message: str | None = None, *, code: str | None = None, hides: bool = False) -> None:
        super().__init__(message, code=code)
        self.hides = hides


class Link(NamedTuple):
    """One of the things that stand in the way: its id, its address on this site, and its title."""

    id: str
    path: str
    title: str


class Conflict(DomainError):
    """The state forbids it: taken, changed in the meantime, already done, or the race was lost."""

    code = "conflict"
    message = "This has changed since you opened it."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        until: datetime | None = None,
        fields: dict[str, list[str]] | None = None,
        links: Sequence[Link] = (),
    ) -> None:
        """Refuse, and say `until` when that is so, which `fields` it is about, and where the things are (`links`) that
        stand in the way, if that is known.
        """
        super().__init__(message, code=code)
        self.until = until
        self.fields = fields or {}
        self.links = tuple(links)


class TooMany(DomainError):
    """A limit is reached. `retry_after` is in whole seconds."""

    code = "too_many_requests"

    def __init__(self, retry_after: int) -> None:
        # In minutes or hours if seconds would be a number to work out.
        units = ((1, "second"), (60, "minute"), (3_600, "hour"))
        seconds, unit = next((each for each in units if retry_after < 120 * each[0]), units[-1])
        count = -(-retry_after // seconds)
        super().__init__(f"Too many attempts. Try again in {count} {unit}{'' if count == 1 else 's'}.")
        self.retry_after = retry_after


class ProviderFailed(DomainError):
    """Another system, such as the payment provider, failed or could not be reached."""

    code = "provider_failed"
    message = (
        "The payment provider cannot be reached right now. Nothing was charged; please try again in a moment."
    )


class Unavailable(DomainError):
    """Something that GigFlow needs, such as its database, is away at the moment."""

    code = "unavailable"
    message = (
        "GigFlow cannot reach its database right now. Nothing was changed; please try again in a moment."
    )
