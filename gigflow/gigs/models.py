"""Gigs: pieces of work on the market. Here are jobs, which their owner wants done and freelancers bid for."""

from datetime import datetime
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.accounts.models import LEFT_NAME
from gigflow.core.transitions import Lifecycle, Transition
from gigflow.gigs.categories import CATEGORY_NAMES

TITLE_MAX = 120  # API.md, longest texts
DESCRIPTION_MAX = 5_000
SKILLS_MAX = 15
SKILL_MAX = 40
DELIVERY_DAYS_MAX = 365
SEARCH_MAX = 200  # longer than any title, so nothing that could be found is refused

JobStatus = Literal["open", "assigned", "closed", "completed", "cancelled"]
UNDER_WAY = ("assigned",)  # somebody was hired, and it is not done yet
GIVEN = (*UNDER_WAY, "completed")  # somebody was hired, and it did not come to nothing

JOB = Lifecycle(
    "job",
    Transition("post", "owner", (), "open"),
    Transition("edit", "owner", ("open",), "open"),
    Transition(
        "hire", "owner", ("open",), "assigned", ("the bid is hired", "every other pending bid is rejected")
    ),
    Transition("close", "owner", ("open",), "closed", ("every pending bid is rejected",)),
)


class JobTerms(msgspec.Struct, kw_only=True):
    """What the owner of a job says about it."""

    title: str
    description: str
    price_minor: int
    category: str = "other"
    skills: list[str] = []
    delivery_days: int | None = None
    start_on: datetime | None = None
    due_on: datetime | None = None


class Gig(JobTerms, kw_only=True, rename={"id": "_id"}):
    """A gig as stored. `owner_name` is a copy, so that a page of gigs is one query (PERFORMANCE.md)."""

    id: ObjectId
    kind: Literal["job"] = "job"
    owner_id: ObjectId
    owner_name: str
    status: JobStatus = "open"
    version: int = 1
    bid_count: int = 0
    bid_activity: int = 0
    hired_bid_id: ObjectId | None = None
    hire_id: ObjectId | None = None
    hire_key: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def category_name(self) -> str:
        """The category as people read it."""
        return CATEGORY_NAMES.get(self.category, CATEGORY_NAMES["other"])

    @property
    def owner_left(self) -> bool:
        """Whether its owner has deleted the account, so that there is no page of theirs any more."""
        return self.owner_name == LEFT_NAME

    @property
    def stamp(self) -> str:
        """Changes with everything that the gig's page shows live: its own versions and the comings of bids."""
        return f"{self.version}.{self.bid_activity}"

    @property
    def path(self) -> str:
        """The address of the gig's page on this site."""
        return f"/gigs/{self.id}"
