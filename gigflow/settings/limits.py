"""The settings that are limits: how often, and how many (SECURITY 8, docs/decisions/0028). `RATE_LIMITS` switches all
of them off.
"""

from typing import Annotated, get_type_hints

import msgspec

from gigflow.settings.readers import Limit, Setting, bound, limit, whole


def open_sockets(default: str, of: str) -> Setting:
    """Return a setting that says how many sockets may be open at a time."""
    return Setting(
        default,
        f"How many sockets {of} may have open at one process.",
        "a number from 1 to 1000000",
        whole(1, 1_000_000),
    )


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Each is a field `limit_…`. A text is how often something may be done, counted under the rule of that name; a
    number is the most that there may be at a time (web/counters.py).
    """

    limit_login_account: Annotated[
        str, limit("5/minute;20/hour", "failed sign-ins to one account", shared=True)
    ]
    limit_login_device: Annotated[
        str, limit("10/minute;40/hour", "of them from a browser that signed in there before", shared=True)
    ]
    limit_login_address: Annotated[str, limit("30/minute", "sign-ins from one address", shared=True)]
    limit_register_address: Annotated[str, limit("30/hour", "sign-ups from one address", shared=True)]
    limit_reset_account: Annotated[
        str, limit("3/hour", "letters to choose a new password, for one account", shared=True)
    ]
    limit_reset_address: Annotated[
        str, limit("30/hour", "requests for such a letter from one address", shared=True)
    ]
    limit_email_change: Annotated[
        str,
        limit("5/hour", "letters to confirm a new address, of one person and to one address", shared=True),
    ]
    limit_confirm: Annotated[
        str,
        limit(
            "5/hour",
            "letters to confirm the address one joined with, of one person and to one address",
            shared=True,
        ),
    ]
    limit_letters: Annotated[
        str,
        limit(
            "20/hour",
            "e-mails about notifications to one address; the rest is sent in one e-mail later",
            shared=True,
        ),
    ]
    limit_password: Annotated[
        str,
        limit(
            "5/minute;20/hour",
            "wrong answers of one person when the settings ask for the password",
            shared=True,
        ),
    ]
    limit_bids: Annotated[str, limit("30/minute", "bids of one person")]
    limit_uploads: Annotated[str, limit("20/hour", "pictures and files of one person")]
    limit_files: Annotated[
        str,
        limit("100/hour", "files that a person with a paid order sends before the message they belong to"),
    ]
    limit_first_files: Annotated[
        str, limit("20/hour", "files that another person sends before the message they belong to")
    ]
    limit_messages: Annotated[str, limit("60/minute", "messages of one person")]
    limit_message_searches: Annotated[
        str, limit("30/minute", "searches of one person through their messages")
    ]
    limit_previews: Annotated[str, limit("120/minute", "small pictures of files that one person looks at")]
    limit_questions: Annotated[str, limit("30/hour;200/day", "questions of one person about services")]
    limit_reports: Annotated[str, limit("10/day", "reports of one person to the admins", shared=True)]
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
    limit_changes: Annotated[
        str, limit("300/minute;10000/day", "requests of one person that may change something, of any kind")
    ]
    limit_sign_ins: Annotated[str, limit("60/minute;600/day", "sign-ins to one account that worked")]
    limit_gigs: Annotated[str, limit("60/minute;600/day", "jobs and services that one person posts")]
    limit_edits: Annotated[
        str, limit("60/minute;600/day", "changes of one person to jobs, services and bids")
    ]
    limit_withdrawals: Annotated[str, limit("30/minute;200/day", "bids that one person withdraws")]
    limit_decisions: Annotated[
        str, limit("60/minute;600/day", "bids that one person declines or reconsiders")
    ]
    limit_hires: Annotated[str, limit("60/minute;600/day", "hires by one person")]
    limit_purchases: Annotated[
        str, limit("60/minute;300/day", "services that one person buys, and checkouts")
    ]
    limit_cancellations: Annotated[
        str,
        limit(
            "30/hour;100/day", "orders that one person cancels, asks to cancel, or no longer asks to cancel"
        ),
    ]
    limit_payouts: Annotated[str, limit("10/minute;60/day", "payouts that one person asks for")]
    limit_beginnings: Annotated[
        str,
        limit(
            "30/hour;60/day",
            "jobs, services and purchases that visitors at one address begin before they join",
            shared=True,
        ),
    ]
    limit_views: Annotated[str, limit("20/day", "views of one service that count, from one address")]
    limit_open_jobs: Annotated[int, bound("300", "open jobs one person may have")]
    limit_services: Annotated[int, bound("200", "services one person may have that are not archived")]
    limit_unpaid_orders: Annotated[
        int, bound("50", "orders for services one person may have that are not paid")
    ]
    limit_waiting_files: Annotated[
        int, bound("20", "files one person may have sent that belong to nothing yet")
    ]
    limit_bids_per_job: Annotated[int, bound("10", "bids one person may place on the same job")]
    limit_job_requests: Annotated[
        str, limit("10/hour;50/day", "requests for a freelancer that one person sends, or sends again")
    ]
    limit_open_job_requests: Annotated[
        int, bound("50", "requests for a freelancer one person may have that nobody has taken on yet")
    ]
    limit_offers: Annotated[
        int, bound("10", "people to whom one person may send a first offer within 24 hours")
    ]
    limit_first_offers: Annotated[int, bound("3", "the same, if that person never had a paid order")]
    limit_invitations: Annotated[
        int, bound("20", "freelancers whom one person may invite to their jobs within 24 hours")
    ]
    limit_devices: Annotated[
        int,
        bound(
            "30", "devices one person may be signed in on; with one more, the one seen last longest ago ends"
        ),
    ]


def counted_together() -> dict[str, bool]:
    """Return the rule of each setting that says how often something may be done, and whether all processes count
    together.
    """
    hints = get_type_hints(LimitSettings, include_extras=True)
    declared = {name: getattr(hint, "__metadata__", (None,))[0] for name, hint in hints.items()}
    return {
        name.removeprefix("limit_"): each.shared for name, each in declared.items() if isinstance(each, Limit)
    }
