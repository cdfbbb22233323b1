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
)
BID_PLACED = Event(
    key="bid_placed",
    label="Someone bids on your job",
    section="jobs",
    icon="inbox",
    delay=SOON,
)
BID_REJECTED = Event(
    key="bid_rejected",
    label="Your bid is not chosen",
    section="jobs",
    icon="circle-x",
    delay=SOON,
)
BID_WITHDRAWN = Event(
    key="bid_withdrawn",
    label="Someone withdraws a bid on your job",
    section="jobs",
    icon="undo-2",
    email=False,
    delay=SOON,
)
JOB_CLOSED = Event(
    key="job_closed",
    label="A job you bid on is closed without hiring",
    section="jobs",
    icon="lock",
    delay=SOON,
)
JOB_CHANGED = Event(
    key="job_changed",
    label="A job you bid on has changed",
    section="jobs",
    icon="pencil",
    until_read=True,
    delay=SOON,
)
JOB_REOPENED = Event(
    key="job_reopened",
    label="A job you bid on is open again",
    section="jobs",
    icon="undo-2",
    delay=SOON,
)
