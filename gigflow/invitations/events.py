"""What people are told of invitations. What comes from somebody whom they may not know has no words of theirs."""

from gigflow.notifications.models import SOON, Event

INVITED = Event(
    key="invited",
    label="Someone invites you to bid on a job",
    section="jobs",
    icon="briefcase-business",
    delay=SOON,
    button="Open the job",
    over={"job": ("hire", "close"), "bid": ("place",), "invitation": ("decline", "hide")},
)
INVITATION_DECLINED = Event(
    key="invitation_declined",
    label="Someone declines your invitation to a job",
    section="jobs",
    icon="circle-x",
    email=False,
    delay=SOON,
    button="Open the job",
    over={"job": ("hire", "close")},
)
