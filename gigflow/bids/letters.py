"""What a letter says of a bid: its price, and what to do next."""

from datetime import datetime

from gigflow.accounts.models import User
from gigflow.bids import store
from gigflow.bids.events import BID_PLACED
from gigflow.core.db import Db
from gigflow.core.rules import Rules
from gigflow.jobs import actions as jobs
from gigflow.notifications.models import Notification


def facts(db: Db, user: User, told: Notification, rules: Rules, now: datetime) -> list[str]:
    """Return the price and the time of a bid that waits for its owner, and what they can do."""
    bid = store.get_bid(db, told.bid_id) if told.bid_id else None
    if bid is None or bid.status != "pending" or told.type != BID_PLACED.key:
        return []
    price = rules.currency.format(bid.price_minor)
    count = bid.days_for(jobs.get_job(db, bid.gig_id))
    days = "1 day" if count == 1 else f"{count} days"
    return [
        f"Bid: {price}, delivery in {days}",
        "Next: compare it with your other bids, and hire the one that fits.",
    ]
