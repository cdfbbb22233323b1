"""Every setting: its name, meaning and default, checked once at the start.

A setting is declared in one place, a field of `Settings`; the environment variable has the field's name in
capitals. README lists them.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values

from gigflow.core.money import Currency
from gigflow.core.rules import Rules
from gigflow.settings import readers
from gigflow.settings.letters import LetterSettings
from gigflow.settings.readers import Setting, SettingError
from gigflow.settings.secrets import SECRETS_FILE, kept_secrets

SHORTEST_SECRET = 32


_SECRET = f"at least {SHORTEST_SECRET} characters if PUBLIC_URL is https"


class Settings(LetterSettings, frozen=True, kw_only=True):
    """The settings of one installation, each read and checked. `load_settings` makes them."""

    port: Annotated[
        int,
        Setting(
            "5000",
            "The TCP port to listen on; 0 takes a free one.",
            "a port from 0 to 65535",
            readers.whole(0, 65535),
        ),
    ]
    host: Annotated[
        str,
        Setting(
            "127.0.0.1",
            "The address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for all.",
            "an address or host name of this machine",
            readers.matching(r"[A-Za-z0-9.:_-]{1,255}"),
        ),
    ]
    public_url: Annotated[
        str,
        Setting(
            "",
            "Where people reach GigFlow, such as https://gigs.example.org. With https, cookies are secure, the strict"
            " rules for passwords and limits hold and the secrets must be set. Empty: the request's Host is believed.",
            "an http or https address without a path",
            readers.optional_origin,
        ),
    ]
    client_urls: Annotated[
        tuple[str, ...],
        Setting(
            "",
            "Further origins, such as a separate front end, that may call the API and open sockets with cookies;"
            " separated by commas or spaces. Empty: http://localhost:5173 unless PUBLIC_URL is https; off: none.",
            "off, or http or https addresses without a path",
            readers.origins,
        ),
    ]
    api_answers: Annotated[
        Literal["tolerant", "lean"],
        Setting(
            "tolerant",
            "tolerant: answers of the API carry what clients of other back ends look for as well; lean: they do not.",
            "tolerant or lean",
            readers.choice("tolerant", "lean"),
        ),
    ]
    trusted_proxies: Annotated[
        int,
        Setting(
            "0",
            "How many proxies stand in front and set X-Forwarded-For; only then is the header believed.",
            "a number from 0 to 10",
            readers.whole(0, 10),
        ),
    ]
    var_dir: Annotated[
        Path,
        Setting(
            "var",
            "The folder of everything that is kept: the embedded database, generated secrets, the pages that"
            " you write (see the README), and letters if no SMTP_URL is set.",
            "a folder",
            readers.folder,
        ),
    ]
    mongo_uri: Annotated[
        str,
        Setting(
            "",
            "The replica set to use. Empty: an embedded one-node replica set is kept in VAR_DIR. After an upgrade run "
            "`flask gigflow migrate`; the embedded one needs no hand.",
            "a mongodb:// or mongodb+srv:// address",
            readers.matching(r"|mongodb(\+srv)?://\S+"),
        ),
    ]
    mongo_db: Annotated[
        str,
        Setting(
            "gigflow",
            "The name of the database.",
            "1 to 38 letters, digits, - and _",
            readers.matching(r"[A-Za-z0-9_-]{1,38}"),
        ),
    ]
    secret_key: Annotated[
        str, Setting("", "Signs form tokens. Empty: made once and kept in VAR_DIR.", _SECRET, str)
    ]
    jwt_access_secret: Annotated[
        str, Setting("", "Signs access tokens. Empty: made once and kept in VAR_DIR.", _SECRET, str)
    ]
    jwt_refresh_secret: Annotated[
        str, Setting("", "Signs refresh tokens. Empty: made once and kept in VAR_DIR.", _SECRET, str)
    ]
    web_processes: Annotated[
        int,
        Setting(
            "1",
            "How many processes serve. With more than one, sockets connect by websocket only.",
            "a number from 1 to 64",
            readers.whole(1, 64),
        ),
    ]
    rate_limits: Annotated[
        Literal["on", "strict", "off"],
        Setting(
            "on",
            "on: limits by address leave loopback out unless PUBLIC_URL is https; strict: they never do; off: none,"
            " for load tests.",
            "on, strict or off",
            readers.choice("on", "strict", "off"),
        ),
    ]
    password_policy: Annotated[
        Literal["auto", "strict", "relaxed"],
        Setting(
            "auto",
            "strict: 8 characters and no common password; relaxed: 6 characters; auto: strict if PUBLIC_URL is"
            " https.",
            "auto, strict or relaxed",
            readers.choice("auto", "strict", "relaxed"),
        ),
    ]
    currency: Annotated[
        str,
        Setting(
            "USD", "The one currency of all amounts.", "an ISO 4217 code such as USD or EUR", readers.currency
        ),
    ]
    fee_percent: Annotated[
        Decimal,
        Setting(
            "10",
            "What GigFlow keeps of each amount that is released to a freelancer, in percent.",
            "a number from 0 to 50 with at most two decimals",
            readers.percent(50),
        ),
    ]
    payments: Annotated[
        Literal["auto", "sandbox", "stripe", "off"],
        Setting(
            "auto",
            "Who takes the money. stripe: Stripe, by the keys below; sandbox: a provider inside GigFlow that moves no"
            " real money; off: nobody. auto: Stripe if its keys are set, else the sandbox, but off if PUBLIC_URL"
            " is https.",
            "auto, sandbox, stripe or off",
            readers.choice("auto", "sandbox", "stripe", "off"),
        ),
    ]
    stripe_secret_key: Annotated[
        str,
        Setting(
            "",
            "Stripe's secret key.",
            "a key that begins with sk_ or rk_",
            readers.matching(r"|[sr]k_[A-Za-z0-9_]{8,250}"),
        ),
    ]
    stripe_webhook_secret: Annotated[
        str,
        Setting(
            "",
            "What Stripe signs the events with that it sends to /api/payment/webhook.",
            "a secret that begins with whsec_",
            readers.matching(r"|whsec_[A-Za-z0-9+/=_-]{8,250}"),
        ),
    ]
    stripe_api_url: Annotated[
        str,
        Setting(
            "",
            "Where Stripe's API is reached, for tests against something that speaks like it. Empty: at Stripe.",
            "an http or https address without a path",
            readers.optional_origin,
        ),
    ]
    moderate_services: Annotated[
        Literal["off", "on"],
        Setting(
            "off",
            "on: an admin approves each service before it is on the market, and each change of its price or text.",
            "off or on",
            readers.choice("off", "on"),
        ),
    ]
    sentry_dsn: Annotated[
        str,
        Setting(
            "",
            "Where unexpected errors are reported to. Empty: nowhere.",
            "a Sentry DSN",
            readers.matching(r"|https?://[^\s@/]+@\S+/[0-9]+"),
        ),
    ]
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        Setting(
            "INFO",
            "The least grave message that is logged.",
            "DEBUG, INFO, WARNING or ERROR",
            readers.choice("DEBUG", "INFO", "WARNING", "ERROR"),
        ),
    ]

    @property
    def https(self) -> bool:
        """Whether people reach this installation by https, so that the strict rules hold (docs/api.md, Tolerant to
        programs).
        """
        return self.public_url.startswith("https://")

    @property
    def confirms_addresses(self) -> bool:
        """Whether an account has to confirm its address before it acts (SECURITY 9b)."""
        if self.confirm_email == "auto":
            return bool(self.smtp_url) or self.https
        return self.confirm_email == "on"

    @property
    def payment_provider(self) -> Literal["sandbox", "stripe"] | None:
        """Who takes the money, None for nobody (docs/domain.md, Money)."""
        if self.payments == "auto":
            return "stripe" if self.stripe_secret_key else None if self.https else "sandbox"
        return None if self.payments == "off" else self.payments

    @property
    def fee_basis_points(self) -> int:
        """The fee in hundredths of a percent."""
        return int(self.fee_percent * 100)

    @property
    def base_url(self) -> str:
        """The address of this installation; whatever leads here from outside, as a letter does, begins with it."""
        if self.public_url:
            return self.public_url
        host = "localhost" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - only shown
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def __repr__(self) -> str:
        """Show it without the values: some of them are secrets, and a settings object may end up in a log."""
        return f"<Settings of {self.var_dir}>"

    def to_json(self) -> bytes:
        """Return these settings for a child process: it must have the very same, generated secrets included."""
        return msgspec.json.encode(self, enc_hook=str)

    @property
    def rules(self) -> Rules:
        """The rules that actions go by here. PASSWORD_POLICY forces strict or relaxed passwords; else https decides."""
        policy = self.password_policy
        return Rules(
            currency=Currency(self.currency),
            fee_basis_points=self.fee_basis_points,
            moderates_services=self.moderate_services == "on",
            strict_passwords=policy == "strict" or (policy == "auto" and self.https),
        )

    @classmethod
    def from_json(cls, text: bytes) -> "Settings":
        """Return the settings that `to_json` wrote."""
        return msgspec.json.decode(text, type=cls, dec_hook=lambda kind, value: kind(value))


# The one setting whose variable is not simply its field: it is named in the singular (docs/api.md).
_VARIABLES = {"client_urls": "CLIENT_URL"}
# Addresses that may hold a password.
_CONFIDENTIAL = {"MONGO_URI", "SMTP_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"}
# The address at which the usual tools serve a front end while it is written.
FRONT_ENDS_OF_LAPTOPS = ("http://localhost:5173",)
_SECRET_FIELDS = ("secret_key", "jwt_access_secret", "jwt_refresh_secret")


def declared_settings() -> dict[str, Setting]:
    """Return every setting by the name of its environment variable."""
    hints = get_type_hints(Settings, include_extras=True)
    return {_variable(field): hints[field].__metadata__[0] for field in Settings.__struct_fields__}


def load_settings(environ: Mapping[str, str], dotenv_path: Path | None = None) -> Settings:
    """Return the settings of `environ`, over those of the file `dotenv_path`, over the defaults. Empty counts as unset.

    Makes VAR_DIR, and in it the development secrets, if they are needed. Raises SettingError.
    """
    given = {**_dotenv(dotenv_path), **{name: text for name, text in environ.items() if text.strip()}}
    declared = declared_settings()
    values = {
        field: _read(_variable(field), given.get(_variable(field), "").strip(), declared[_variable(field)])
        for field in Settings.__struct_fields__
    }
    if not (values["client_urls"] or given.get("CLIENT_URL") or values["public_url"].startswith("https://")):
        values["client_urls"] = FRONT_ENDS_OF_LAPTOPS
    readers.make_folder(values["var_dir"])
    settings = Settings(**values)
    if settings.payment_provider == "stripe":
        _check_stripe(settings)
    settings = _with_secrets(settings)
    _check_letters(settings)
    return _with_sender(settings)


def _variable(field: str) -> str:
    return _VARIABLES.get(field, field.upper())


def _dotenv(path: Path | None) -> dict[str, str]:
    if path is None or not path.exists():
        return {}
    try:
        # No interpolation: a dollar in a password is a dollar.
        return {name: text for name, text in dotenv_values(path, interpolate=False).items() if text}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"The settings file {path} cannot be read: {error}.") from error


def _read(name: str, text: str, setting: Setting) -> Any:
    try:
        return setting.read(text or setting.default)
    except ValueError as error:
        shown = "not usable" if name in _CONFIDENTIAL else f"{text[:80]!r}"
        raise SettingError(f"{name} is {shown}: it must be {setting.allowed}.") from error


def _check_stripe(settings: Settings) -> None:
    if not (settings.stripe_secret_key and settings.stripe_webhook_secret):
        raise SettingError("Payments by Stripe need both STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET.")
    if settings.currency in readers.NOT_AT_STRIPE:
        raise SettingError(
            f"CURRENCY is '{settings.currency}': Stripe counts its smallest units in another way than GigFlow does."
        )


def _check_letters(settings: Settings) -> None:
    if settings.https and settings.confirms_addresses and not settings.smtp_url:
        raise SettingError(
            "SMTP_URL is not set: with an https address people confirm theirs by a letter, so name the server that"
            " takes letters, or set CONFIRM_EMAIL=off."
        )


def _with_sender(settings: Settings) -> Settings:
    """Send letters from this site's own host if MAIL_FROM is empty: mail servers refuse those from localhost."""
    host = urlsplit(settings.public_url).hostname or ""
    domain = host if re.fullmatch(r"[a-z0-9.-]+", host) else "localhost"
    sender = settings.mail_from or f"GigFlow <no-reply@{domain}>"
    return msgspec.structs.replace(settings, mail_from=sender)


def _with_secrets(settings: Settings) -> Settings:
    """Make development secrets if none are set; behind https they must be set, and long enough (docs/security.md, Known
    facts).
    """
    if settings.https:
        for field in _SECRET_FIELDS:
            length = len(getattr(settings, field))
            if length < SHORTEST_SECRET:
                state = f"has {length} characters" if length else "is not set"
                raise SettingError(
                    f"{_variable(field)} {state}: with the https address {settings.public_url} it must have at"
                    f" least {SHORTEST_SECRET} characters, for example from `openssl rand -base64 48`."
                )
        return settings
    missing = [field for field in _SECRET_FIELDS if not getattr(settings, field)]
    if not missing:
        return settings
    kept = kept_secrets(settings.var_dir / SECRETS_FILE, _SECRET_FIELDS)
    return msgspec.structs.replace(settings, **{field: kept[field] for field in missing})
