"""The settings that are limits: how often, and how many (SECURITY 8). `RATE_LIMITS` switches all of them off."""

from typing import Annotated

import msgspec

from gigflow.settings.readers import Setting, limit, whole


def open_sockets(default: str, of: str) -> Setting:
    """A setting that says how many sockets may be open at a time."""
    return Setting(
        default,
        f"How many sockets {of} may have open at one process.",
        "a number from 1 to 1000000",
        whole(1, 1_000_000),
    )


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Each field `limit_…` is counted under the rule of that name (web/limits.py)."""

    limit_login_account: Annotated[str, limit("5/minute;20/hour", "failed sign-ins to one account")]
    limit_login_device: Annotated[
        str, limit("10/minute;40/hour", "of them from a browser that signed in there before")
    ]
    limit_login_address: Annotated[str, limit("30/minute", "sign-ins from one address")]
    limit_register_address: Annotated[str, limit("30/hour", "sign-ups from one address")]
    limit_reset_account: Annotated[str, limit("3/hour", "letters to choose a new password, for one account")]
    limit_reset_address: Annotated[str, limit("30/hour", "wishes for such a letter from one address")]
    limit_email_change: Annotated[
        str, limit("5/hour", "letters to confirm a new address, of one person and to one address")
    ]
    limit_confirm: Annotated[
        str,
        limit("5/hour", "letters to confirm the address one joined with, of one person and to one address"),
    ]
    limit_password: Annotated[
        str, limit("5/minute;20/hour", "wrong answers of one person where the settings ask for the password")
    ]
    limit_bids: Annotated[str, limit("30/minute", "bids of one person")]
    limit_uploads: Annotated[str, limit("20/hour", "pictures and files of one person")]
    limit_questions: Annotated[str, limit("30/hour", "questions of one person about services")]
    limit_requests: Annotated[str, limit("600/minute", "requests of any kind from one address")]
    connections_per_address: Annotated[
        int,
        Setting(
            "3000",
            "How many connections one address may have open at one process; not counted behind TRUSTED_PROXIES.",
            "a number from 1 to 1000000",
            whole(1, 1_000_000),
        ),
    ]
    limit_socket_events: Annotated[str, limit("300/minute", "events of one socket")]
    limit_socket_events_person: Annotated[str, limit("3000/minute", "events of all sockets of one person")]
    limit_socket_events_address: Annotated[
        str, limit("12000/minute", "events of all sockets from one address")
    ]
    sockets_per_device: Annotated[int, open_sockets("100", "one device")]
    sockets_per_person: Annotated[int, open_sockets("300", "one person")]
    sockets_per_address: Annotated[int, open_sockets("2000", "one address")]
