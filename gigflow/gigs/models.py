"""Gigs: pieces of work on the market. A job is what its owner wants done, and freelancers bid for it; a service is what
its owner does, and clients buy it. They share an id space and their words; their states are their own.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec
from bson import ObjectId

from gigflow.accounts.models import LEFT_NAME, Availability, Rating
from gigflow.core.briefs import Question
from gigflow.core.transitions import AS_IT_WAS, Lifecycle, Transition
from gigflow.core.words import address_words
from gigflow.gigs.categories import CATEGORY_ICONS, CATEGORY_NAMES

TITLE_MAX = 120  # docs/api.md, Longest texts
DESCRIPTION_MAX = 5_000
SKILLS_MAX = 15
SKILL_MAX = 40
DELIVERY_DAYS_MAX = 365
DELIVERY_DAYS = 7  # of a service that does not say (docs/api.md)
REVISIONS_MAX = 20
IMAGES_MAX = 5
ALT_MAX = 200
NOTE_MAX = 1_000

# In the order by rating, a service or a person that nobody has reviewed counts as if this many clients had given them
# this average: so one review of five stars does not outrank fifty that average 4.8 (a Bayesian mean).
PRIOR_STARS = 4.0
PRIOR_REVIEWS = 5

GigKind = Literal["job", "service"]
# What everybody finds in lists and searches, by kind: in every index a state stands for its kind.
LISTED: dict[GigKind, str] = {"job": "open", "service": "live"}

JobStatus = Literal["open", "assigned", "closed", "completed", "cancelled"]
ServiceStatus = Literal["draft", "pending", "live", "rejected", "paused", "archived"]
# In these states everybody may see a service; in others its owner and admins may, and to the rest it is not there.
PUBLIC = ("live", "paused")
UNFINISHED = ("draft", "rejected")  # services that wait for their owner

JOB = Lifecycle(
    "job",
    Transition("post", "owner", (), "open"),
    Transition(
        "edit",
        "owner",
        ("open",),
        "open",
        ("if its terms are others, its bidders are told and have to confirm",),
    ),
    Transition(
        "hire", "owner", ("open",), "assigned", ("the bid is hired", "every other pending bid is rejected")
    ),
    Transition("close", "owner", ("open",), "closed", ("every pending bid is rejected",)),
    Transition(
        "reopen",
        "its order",
        ("assigned",),
        "open",
        ("the bids that this hire decided about are pending again",),
    ),
    Transition("complete", "its order", ("assigned",), "completed"),
    Transition("cancel", "its order", ("assigned",), "cancelled"),
)
_NOT_ARCHIVED = ("draft", "pending", "live", "rejected", "paused")
SERVICE = Lifecycle(
    "service",
    Transition("create", "owner", (), "draft"),
    Transition("edit", "owner", _NOT_ARCHIVED, AS_IT_WAS),
    Transition("publish", "owner", ("draft",), "live"),
    Transition("submit", "owner", ("draft", "rejected"), "pending"),
    Transition("take_back", "owner", ("pending",), "draft"),
    Transition("approve", "admin", ("pending",), "live", ("the owner is told",)),
    Transition("reject", "admin", ("pending",), "rejected", ("the owner is told why",)),
    Transition("take_down", "admin", ("live", "paused"), "rejected", ("the owner is told why",)),
    Transition("pause", "owner", ("live",), "paused"),
    Transition("resume", "owner", ("paused",), "live"),
    Transition("review_again", "owner", ("live", "paused"), "pending"),
    Transition("archive", "owner", _NOT_ARCHIVED, "archived", ("its pictures go",)),
)


class GigTerms(msgspec.Struct, kw_only=True):
    """What the owner of a gig says about it, of either kind. Lists that show no text leave `description` empty."""

    title: str
    description: str = ""
    price_minor: int
    category: str = "other"
    skills: list[str] = []


class JobTerms(GigTerms, kw_only=True):
    """What the owner of a job says about it; the price is the budget. Its files (of the feature `files`) are for people
    who have signed in.
    """

    delivery_days: int | None = None
    start_on: datetime | None = None
    due_on: datetime | None = None
    file_ids: list[ObjectId] = []


class Wanted(msgspec.Struct, kw_only=True):
    """A service that somebody wants to buy, on the terms that they saw."""

    service_id: ObjectId
    title: str
    price_minor: int
    version: int


# What bidders bid for: if one of these changes, they have to confirm their bids (docs/domain.md, Terms that change).
BINDING = ("title", "description", "price_minor", "delivery_days", "start_on", "due_on", "file_ids")


class ServiceTerms(GigTerms, kw_only=True):
    """What the owner of a service says about it, and what they ask of those who buy it."""

    delivery_days: int = DELIVERY_DAYS
    revisions: int = 1
    questions: list[Question] = []


def rank_of(clients: int, hundredths: int) -> float:
    """Return what the order by rating goes by: the Bayesian mean of what clients gave. Each client counts once, by the
    average of their reviews; `hundredths` is the sum of these averages, in hundredths of a star.
    """
    return (100 * PRIOR_STARS * PRIOR_REVIEWS + hundredths) / (100 * (PRIOR_REVIEWS + clients))


def address_of(gig_id: ObjectId, title: str) -> str:
    """Return the address of a gig's page with the words of its title. The id decides, so the words may be missing."""
    words = address_words(title)
    return f"/gigs/{gig_id}-{words}" if words else f"/gigs/{gig_id}"


class OnMarket:
    """What gigs of both kinds can say of themselves."""

    id: ObjectId
    title: str
    category: str
    owner_name: str

    @property
    def category_name(self) -> str:
        """The category as people read it."""
        return CATEGORY_NAMES.get(self.category, CATEGORY_NAMES["other"])

    @property
    def category_icon(self) -> str:
        """The icon of its category."""
        return CATEGORY_ICONS.get(self.category, CATEGORY_ICONS["other"])

    @property
    def owner_left(self) -> bool:
        """Whether its owner has deleted the account, so that they no longer have a page."""
        return self.owner_name == LEFT_NAME

    @property
    def path(self) -> str:
        """The shortest address of the gig's page on this site, and the beginning of everything below it."""
        return f"/gigs/{self.id}"

    @property
    def address(self) -> str:
        """The address of the gig's page with the words of its title: links lead there."""
        return address_of(self.id, self.title)


class Job(JobTerms, OnMarket, kw_only=True, rename={"id": "_id"}):
    """A job as stored. `owner_name` is a copy, so that a page of gigs is one query (docs/measured.md).

    `rank` is what the order by rating goes by; a job has no rating. `terms_version` counts what its owner has made of
    what is binding; a bid says which of these it is for.
    """

    id: ObjectId
    kind: Literal["job"] = "job"
    owner_id: ObjectId
    owner_name: str
    status: JobStatus = "open"
    rank: float = 0.0
    version: int = 1
    terms_version: int = 1
    bid_count: int = 0
    bid_activity: int = 0
    hired_bid_id: ObjectId | None = None
    order_id: ObjectId | None = None
    hire_key: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def stamp(self) -> str:
        """Changes with everything that the gig's page shows live: its own versions and the number of bids."""
        return f"{self.version}.{self.bid_activity}"

    def shows_files_to(self, user_id: ObjectId) -> bool:
        """Whether somebody who has signed in may have its files: everybody while it is open, its owner always. Once
        somebody is hired, they belong to the order as well.
        """
        return self.status == "open" or self.owner_id == user_id

    def terms_changed_by(self, changes: dict[str, Any]) -> list[str]:
        """Return which of its binding terms would be others with these fields."""
        return [name for name in BINDING if changes.get(name, getattr(self, name)) != getattr(self, name)]


class GigImage(msgspec.Struct, kw_only=True):
    """A picture of a service, and what it shows in words for people who cannot see it."""

    id: ObjectId
    alt: str = ""


class Service(ServiceTerms, OnMarket, kw_only=True, rename={"id": "_id"}):
    """A service as stored. `owner_name` and `owner_availability` are copies, as in a job.

    `stars` is the average of its reviews (None before the first), `rank` what the order by rating goes by. `note` is
    why it was rejected or taken down. `reviewed_version` is the one that an admin decided on, `submitted_at` when it
    was last sent to an admin; `is_taken_down` holds until it is sent again. `version` changes with everything that an
    admin sees; its terms are the same since `terms_version`.
    """

    id: ObjectId
    kind: Literal["service"] = "service"
    owner_id: ObjectId
    owner_name: str
    owner_availability: Availability = "available"
    status: ServiceStatus = "draft"
    images: list[GigImage] = []
    rating: Rating = Rating()
    stars: float | None = None
    rank: float = PRIOR_STARS
    order_count: int = 0
    note: str = ""
    reviewed_version: int | None = None
    submitted_at: datetime | None = None
    is_taken_down: bool = False
    version: int = 1
    terms_version: int = 1
    activity: int = 0
    created_at: datetime
    updated_at: datetime

    @property
    def stamp(self) -> str:
        """Changes with everything that the gig's page shows live: its own versions, and questions, answers and orders
        (all of these together, so that nobody can tell from it how many orders there were).
        """
        return f"{self.version}.{self.activity}"

    def has_terms_of(self, version: int) -> bool:
        """Return whether its terms are those of this version of it (docs/decisions/0023)."""
        return self.terms_version <= version <= self.version

    def has_terms(self, fields: dict[str, Any]) -> bool:
        """Return whether its terms are these, as far as these fields are terms."""
        terms = ServiceTerms.__struct_fields__
        return all(value == getattr(self, name) for name, value in fields.items() if name in terms)


Gig = Job | Service
