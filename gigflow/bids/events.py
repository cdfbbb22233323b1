"""What people are told of jobs and bids."""

from gigflow.notifications.models import AT_ONCE, SOON, Event

HIRED = Event(
    key="hired",
    label="You are hired for a job",
    section="jobs",
    icon="badge-check",
    tone="good",
    until_read=True,
    delay=AT_ONCE,
    urgent=True,
    button="Open the order",
    over={"order": ("call_off", "expire", "void")},
)
BID_PLACED = Event(
    key="bid_placed",
    label="Someone bids on your job",
    section="jobs",
    icon="inbox",
    delay=SOON,
    button="Read the bid",
    over={"job": ("hire", "close"), "bid": ("withdraw", "decline")},
    thread="bidding",
)
BID_DECLINED = Event(
    key="bid_declined",
    label="A client declines your bid",
    section="jobs",
    icon="circle-x",
    delay=SOON,
    button="Open the job",
    over={"bid": ("reconsider",)},
    thread="deciding",
)
BID_RECONSIDERED = Event(
    key="bid_reconsidered",
    label="A client looks at your bid again",
    section="jobs",
    icon="undo-2",
    delay=SOON,
    button="Open the job",
    over={"job": ("hire", "close"), "bid": ("withdraw", "decline")},
    thread="deciding",
)
BID_REJECTED = Event(
    key="bid_rejected",
    label="Your bid is not chosen",
    section="jobs",
    icon="circle-x",
    delay=SOON,
    button="Open the job",
    over={"job": ("reopen",)},
)
BID_WITHDRAWN = Event(
    key="bid_withdrawn",
    label="Someone withdraws a bid on your job",
    section="jobs",
    icon="undo-2",
    email=False,
    delay=SOON,
    button="Open the job",
    over={"job": ("hire", "close")},
    thread="bidding",
)
JOB_CLOSED = Event(
    key="job_closed",
    label="A job you bid on is closed without hiring",
    section="jobs",
    icon="lock",
    delay=SOON,
    button="Open the job",
)
JOB_CHANGED = Event(
    key="job_changed",
    label="A job you bid on has changed",
    section="jobs",
    icon="pencil",
    until_read=True,
    delay=SOON,
    button="Confirm your bid",
    over={"job": ("hire", "close"), "bid": ("change", "withdraw", "decline")},
)
JOB_REOPENED = Event(
    key="job_reopened",
    label="A job you bid on is open again",
    section="jobs",
    icon="undo-2",
    delay=SOON,
    button="Open the job",
    over={"job": ("hire", "close"), "bid": ("withdraw", "decline")},
)
