"""What a setting is, and how its text becomes a value: each reader returns it, or raises ValueError."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from babel.numbers import list_currencies
from limits import parse_many

# Currencies whose minor units at Stripe are not Unicode's, which are ours (docs.stripe.com/currencies): if there are
# none, it counts hundredths; of thousandths it counts only tens.
NOT_AT_STRIPE = frozenset(
    {"AFN", "ALL", "ISK", "LAK", "LBP", "MMK", "RSD", "SOS", "STD", "UGX", "YER"}
    | {"BHD", "JOD", "KWD", "OMR", "TND"}
)

_MAILBOX = r"[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9.-]+"


class SettingError(Exception):
    """A setting cannot be used; the message is one sentence for the person who set it."""


class Setting(msgspec.Struct, frozen=True):
    """What is known of a setting: `read` makes a value of its text, or raises ValueError if it is not `allowed`."""

    default: str
    meaning: str
    allowed: str
    read: Callable[[str], Any]


class Limit(Setting, frozen=True, kw_only=True):
    """A setting that says how often something may be done; if it is `shared`, all processes count together."""

    shared: bool


def limit(default: str, counted: str, *, shared: bool = False) -> Limit:
    """Return a setting that is a limit of SECURITY 8: what is counted, and how often that may be. It is shared if
    guessing or flooding costs.
    """
    return Limit(
        default,
        f"How many {counted}.",
        "counts per time, such as 5/minute or 5/minute;20/hour",
        counts,
        shared=shared,
    )


def bound(default: str, counted: str) -> Setting:
    """Return a setting that limits how much of something one person may have at a time."""
    return Setting(default, f"How many {counted}.", "a number from 1 to 1000000", whole(1, 1_000_000))


def whole(least: int, most: int) -> Callable[[str], int]:
    """Read a whole number between these two, which are allowed themselves."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return read


def choice(*names: str) -> Callable[[str], str]:
    """Read one of these names, however it is capitalised."""

    def read(text: str) -> str:
        return {name.lower(): name for name in names}.get(text.lower()) or _refuse(text)

    return read


def matching(pattern: str) -> Callable[[str], str]:
    """Read what the pattern matches from end to end."""

    def read(text: str) -> str:
        return text if re.fullmatch(pattern, text) else _refuse(text)

    return read


def origin(text: str) -> str:
    """Return an origin as browsers write it: lower case, no slash at the end, no port that the scheme implies."""
    parts = urlsplit(text.rstrip("/"))
    host, port = parts.hostname, parts.port
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s,<>\"']", text):
        raise ValueError(text)
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(text)
    shown = f"[{host}]" if ":" in host else host
    implied = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" if implied else f"{parts.scheme}://{shown}:{port}"


def optional_origin(text: str) -> str:
    """Return an origin, or nothing."""
    return origin(text) if text else ""


def origins(text: str) -> tuple[str, ...]:
    """Read origins separated by commas or spaces; `off` means none."""
    if text.lower() == "off":
        return ()
    return tuple(origin(part) for part in re.split(r"[,\s]+", text) if part)


def folder(text: str) -> Path:
    """Return a folder, whether or not it is there."""
    return Path(text).expanduser().absolute()


def currency(text: str) -> str:
    """Return the ISO 4217 code of a currency, in capitals."""
    return text.upper() if text.upper() in list_currencies() else _refuse(text)


def counts(text: str) -> str:
    """Return how often something may be done, such as `5/minute;20/hour`."""
    parse_many(text)
    return text


def smtp_url(text: str) -> str:
    """Return the address of a mail server, or nothing."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or re.search(r"\s", text)):
        raise ValueError(text)
    if (
        parts.path.strip("/") or parts.query or parts.fragment or parts.port == 0
    ):  # a bad port raises by itself
        raise ValueError(text)
    return text if bool(parts.username) == bool(parts.password) else _refuse(text)


# A name with a comma or the like has to be in quotes, or it would read as several addresses.
mailbox = matching(rf'(?:(?:"[^"<>@\\]*" *|[^"<>@,;:()\\]*)<{_MAILBOX}>|{_MAILBOX})')


def _refuse(text: str) -> str:
    raise ValueError(text)


def percent(most: int) -> Callable[[str], Decimal]:
    """Return a percentage from 0 to `most` with at most two decimals."""

    def read(text: str) -> Decimal:
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text) or Decimal(text) > most:
            raise ValueError(text)
        return Decimal(text)

    return read


def make_folder(path: Path) -> None:
    """Make the folder of everything that is kept. Raises SettingError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"VAR_DIR is '{path}': this folder cannot be made ({error.strerror}).") from error
