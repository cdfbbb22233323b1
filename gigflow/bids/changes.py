"""What has changed in a job since somebody bid on it, in words: for the news, the letter and the page of the bid."""

from datetime import datetime

import msgspec

from gigflow.bids.models import Bid, Earlier
from gigflow.core.money import Currency
from gigflow.gigs.models import Job

# How people read what is binding in a job (gigs.models.BINDING).
TERMS = {
    "title": "title",
    "description": "description",
    "price_minor": "budget",
    "delivery_days": "days for the work",
    "start_on": "earliest start",
    "due_on": "date",
    "file_ids": "files",
}
_ONLY_THAT = ("description", "file_ids")  # of which no more is said than that they changed
_NOTHING = "not set"


class Change(msgspec.Struct, frozen=True):
    """One term that is another now: its word, and what it was and is. Of a description and of files it is only said
    that they changed.
    """

    word: str
    was: str = ""
    now: str = ""


def changes_of(bid: Bid, job: Job, currency: Currency) -> list[Change]:
    """Return which terms of a job are others than those that a bid is for, if that is known: earlier versions kept
    nothing of them. A job as lists read it has no description, so nothing is said of that.
    """
    if bid.earlier is None or bid.is_for(job):
        return []
    now = Earlier.of(job)
    known = [name for name in changed_terms(bid.earlier, job) if name != "description" or job.description]
    return [
        Change(TERMS[name])
        if name in _ONLY_THAT
        else Change(
            TERMS[name],
            _shown(_of(bid.earlier, name), name, currency),
            _shown(_of(now, name), name, currency),
        )
        for name in known
    ]


def changed_terms(earlier: Earlier, job: Job) -> list[str]:
    """Return the names of the terms of a whole job that are others than they were."""
    now = Earlier.of(job)
    return [name for name in TERMS if _of(earlier, name) != _of(now, name)]


def _of(terms: Earlier, name: str) -> object:
    return getattr(terms, "described" if name == "description" else name)


def _shown(value: object, name: str, currency: Currency) -> str:
    if value is None:
        return _NOTHING
    if isinstance(value, datetime):
        return f"{value:%-d %b %Y}"
    return currency.format(value) if name == "price_minor" and isinstance(value, int) else str(value)
