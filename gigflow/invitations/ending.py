"""How invitations end without an answer: by a bid, by the end of their job, by a block, or because one side leaves."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import User, Viewer
from gigflow.accounts.parts import Done
from gigflow.bids import bidders
from gigflow.bids.models import BID, Bid
from gigflow.core.db import Tx
from gigflow.gigs.models import Job
from gigflow.invitations import store
from gigflow.invitations.events import INVITED
from gigflow.invitations.models import INVITATION
from gigflow.notifications import actions as notifications


def answer_by_bid(tx: Tx, job: Job, bid: Bid, now: datetime) -> None:
    """Let the invitation of somebody who has bid wait no longer, and read its news."""
    invitation = store.end_waiting_of(tx, job.id, bid.freelancer_id)
    if invitation:
        fact = (INVITED, invitation.id, bid.freelancer_id)
        notifications.end_news(tx, "bid", BID["place"].name, job.path, now, fact=fact)


def end_with_job(tx: Tx, job: Job, now: datetime) -> None:
    """Let no invitation to a job wait any longer that was given away or closed. What is said of it to people is ended
    by the job; if it is open again, nothing of this comes back.
    """
    store.end_waiting_on(tx, job.id)


def hide_from_blocker(tx: Tx, viewer: Viewer, other_id: ObjectId, now: datetime) -> None:
    """Hide from somebody what a person whom they have blocked invited them to, and read its news."""
    step = INVITATION["hide"].name
    for each in store.hide_between(tx, other_id, viewer.user_id):
        fact = (INVITED, each.id, viewer.user_id)
        notifications.end_news(tx, "invitation", step, each.path, now, fact=fact)


def let_go_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Let nothing that somebody was invited to wait for them once they are shut out or leave."""
    ids = store.find_waiting(tx, user.id, limit)
    store.end_waiting(tx, ids)
    return Done(len(ids), more=len(ids) >= limit)


def forget_words_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget what was said with invitations that came to no order, by both sides, if one leaves for good."""
    count = store.forget_words_of(tx, user.id, bidders.hired_beside("hired"), limit) if user.deleted_at else 0
    return Done(count, more=count >= limit)
