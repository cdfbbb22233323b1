"""Whom the first client of the demo invites to the job that waits for a decision, and who declines."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from bson import ObjectId

from gigflow.demo.gigs import Market, Moment, in_milliseconds
from gigflow.demo.script import InvitationText, Script
from gigflow.gigs.store import GIGS
from gigflow.invitations import actions as invitations
from gigflow.invitations.store import get_invitation_to


def invited(market: Market, script: Script, now: datetime) -> Iterator[Moment]:
    """Yield each invitation, and each refusal; those who bid do so as the others do."""
    owner, title = script.clients[0].name, script.undecided.title
    for text in script.invitations:
        yield (
            in_milliseconds(now - timedelta(hours=text.hours_ago)),
            partial(_invite, market, owner, title, text),
        )
        if text.declined_hours_ago:
            at = in_milliseconds(now - timedelta(hours=text.declined_hours_ago))
            yield at, partial(_decline, market, title, text)


def _invite(market: Market, owner: str, title: str, text: InvitationText, now: datetime) -> None:
    freelancer = market.people[text.freelancer]
    invitations.invite(
        market.db, market.people[owner], _job(market, title), freelancer.user_id, text.note, now
    )


def _decline(market: Market, title: str, text: InvitationText, now: datetime) -> None:
    freelancer = market.people[text.freelancer]
    invitation = get_invitation_to(market.db, _job(market, title), freelancer.user_id)
    assert invitation is not None  # it is there before anybody declines it
    invitations.decline(market.db, freelancer, invitation.id, text.reason, now)


def _job(market: Market, title: str) -> ObjectId:
    gig = market.db[GIGS].find_one({"title": title}, {"_id": 1})
    assert gig is not None  # it is on the market before anybody is invited to it
    found: ObjectId = gig["_id"]
    return found
