"""What a letter says of a bid: its price, and what to do next."""

from datetime import datetime

from gigflow.accounts.models import User
from gigflow.bids import store
from gigflow.bids.changes import Change, changes_of
from gigflow.bids.events import BID_DECLINED, BID_PLACED, JOB_CHANGED
from gigflow.core.db import Db
from gigflow.core.rules import Rules
from gigflow.jobs import actions as jobs
from gigflow.notifications.models import Notification


def facts(db: Db, user: User, told: Notification, rules: Rules, now: datetime) -> list[str]:
    """Return the price and the time of a bid that waits for its owner, and what they can do; to its freelancer, what
    has changed in the job.
    """
    bid = store.get_bid(db, told.bid_id) if told.bid_id else None
    if bid and bid.is_declined and told.type == BID_DECLINED.key:
        return ["Next: you can bid again while the job is open. What the client wrote to you is on its page."]
    if bid and bid.status == "pending" and told.type == JOB_CHANGED.key:
        changes = changes_of(bid, jobs.get_job(db, bid.gig_id), rules.currency)
        return [
            *(_line(change) for change in changes),
            "Next: read the job again, and confirm your bid, change it or withdraw it.",
        ]
    if bid is None or bid.status != "pending" or told.type != BID_PLACED.key:
        return []
    price = rules.currency.format(bid.price_minor)
    count = bid.days_for(jobs.get_job(db, bid.gig_id))
    days = "1 day" if count == 1 else f"{count} days"
    return [
        f"Bid: {price}, delivery in {days}",
        "Next: compare it with your other bids, and hire the one that fits.",
    ]


def _line(change: Change) -> str:
    word = change.word.capitalize()
    return f"{word}: it was {change.was}, and is {change.now} now" if change.was else f"{word}: changed"
