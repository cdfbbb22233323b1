"""What script.toml says: the people of `make demo`, their jobs and services, and what they say to one another."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from gigflow.accounts.models import Availability


class JobText(msgspec.Struct, array_like=True):
    """A job as script.toml has it: `budget` in whole units of the currency, `days` 0 if not said."""

    category: str
    title: str
    budget: int
    days: int
    skills: str
    text: str


class PieceText(msgspec.Struct, array_like=True):
    """A piece of a portfolio; `motif` is what is drawn of it, if anything."""

    title: str
    link: str
    text: str
    motif: str


class ImageText(msgspec.Struct, array_like=True):
    """A picture of a service: what is drawn, and what one sees in it."""

    motif: str
    alt: str


class QuestionText(msgspec.Struct, array_like=True):
    """What a person, given by name, asks about a service, and the answer ("" if it is still to come)."""

    asker: str
    text: str
    answer: str


class AskedText(msgspec.Struct, array_like=True):
    """What a service asks of those who buy it; with `choices` for one of them."""

    text: str
    required: bool = False
    choices: list[str] = []


class ReviewText(msgspec.Struct, array_like=True):
    """A review, and what the reviewed person answers ("": nothing)."""

    stars: int
    text: str
    reply: str = ""


class SaleText(msgspec.Struct, array_like=True):
    """A person, given by name, bought a service so many days ago (0: today, and it is not paid yet), and how they
    reviewed it: `stars` 0 if they have had no time for that yet.
    """

    buyer: str
    days_ago: int
    stars: int = 0
    text: str = ""
    reply: str = ""


class ServiceText(msgspec.Struct, kw_only=True):
    """A service as it has been there for so many days; `price` in whole units of the currency. Those who buy it need
    what `needs` says, one after another: in their own words first, then the answers to what is `asked`.
    """

    title: str
    category: str
    price: int
    days: int
    revisions: int
    skills: str
    days_ago: int
    state: Literal["live", "draft", "paused"] = "live"
    text: str
    images: list[ImageText] = []
    questions: list[QuestionText] = []
    asked: list[AskedText] = []
    needs: list[list[str]] = []
    sales: list[SaleText] = []


class LineText(msgspec.Struct, array_like=True):
    """What a person, given by name, wrote so many hours ago."""

    hours_ago: float
    writer: str
    text: str


class TalkText(msgspec.Struct, kw_only=True):
    """What a client and a freelancer say about a job to try, or about a service that is given by its title."""

    about: str
    client: str
    freelancer: str
    lines: list[LineText]


class SavedText(msgspec.Struct, array_like=True):
    """A reply that somebody has saved."""

    title: str
    text: str


class InvitationText(msgspec.Struct, kw_only=True):
    """Whom, given by name, the owner of the undecided job invited so many hours ago; `declined_hours_ago` 0 if they
    have not declined.
    """

    freelancer: str
    hours_ago: float
    note: str
    declined_hours_ago: float = 0
    reason: str = ""


class OfferText(msgspec.Struct, kw_only=True):
    """What one person offered another so many hours ago; `side` is what its sender is. If it `becomes` something, that
    was `ended_hours_ago`, with the words of `answer`; another answer has another price.
    """

    sender: str
    receiver: str
    side: Literal["client", "freelancer"]
    hours_ago: float
    title: str
    description: str
    price: int
    category: str
    days: int
    revisions: int = 2
    note: str = ""
    expires_days: int = 7
    becomes: Literal["", "declined", "withdrawn", "countered"] = ""
    ended_hours_ago: float = 0
    answer: str = ""
    counter_price: int = 0


class Answering(msgspec.Struct, array_like=True):
    """A freelancer, given by name, who was asked about a request, and what became of that so many hours ago ("" if they
    have not answered), with which words; `price` 0 unless they say for how much they would.
    """

    freelancer: str
    becomes: Literal["", "accepted", "declined", "withdrawn", "expired"] = ""
    hours_ago: float = 0
    words: str = ""
    price: int = 0


class RequestText(msgspec.Struct, kw_only=True):
    """What a client asked GigFlow for so many hours ago; hours are 0 for what has not happened. It came `back` with a
    `note`, or freelancers were `asked` for one price with it; the `order` of the one who accepted is unpaid, paid or
    done. If the request `becomes` something else, that was `ended_hours_ago`.
    """

    client: str
    hours_ago: float
    title: str
    description: str
    budget: int
    category: str
    skills: str = ""
    due_days: int = 0
    note: str = ""
    suggested: int = 0
    back_hours_ago: float = 0
    asked_hours_ago: float = 0
    price: int = 0
    expires_hours: int = 48
    asked: list[Answering] = []
    order: Literal["unpaid", "paid", "done"] = "unpaid"
    becomes: Literal["", "cancelled", "posted", "taken_back", "lapsed", "called_off"] = ""
    ended_hours_ago: float = 0


class Person(msgspec.Struct, kw_only=True):
    """A person and what they tell of themselves: some a lot, some nothing. Without a `look` they have no picture."""

    name: str
    email: str
    headline: str = ""
    bio: str = ""
    skills: str = ""
    languages: str = ""
    availability: Availability = "available"
    away_days: int = 0  # until they are available again; 0: they do not say
    # Whether they are in the directory, if it is otherwise than what they came for says.
    listed: bool | None = None
    time_zone: str = ""
    look: str = ""
    pieces: list[PieceText] = []
    replies: list[SavedText] = []

    def told(self) -> dict[str, Any]:
        """Return what they tell of themselves in their profile, when they join."""
        words = {"headline": self.headline, "bio": self.bio}
        lists = {"skills": split(self.skills), "languages": split(self.languages)}
        return {**words, **lists, **({} if self.listed is None else {"listed": self.listed})}

    def time_for_work(self, now: datetime) -> dict[str, Any]:
        """Return whether they have time today, and until when not."""
        back = now + timedelta(days=self.away_days)
        until = back.replace(hour=0, minute=0, second=0, microsecond=0) if self.away_days else None
        return {"availability": self.availability, "availability_until": until}


class Client(Person, kw_only=True):
    """Somebody who posts jobs."""

    jobs: list[JobText]


class Freelancer(Person, kw_only=True):
    """Somebody who bids in some categories, at a `rate` relative to others, with a voice of their own."""

    rate: float
    categories: list[str]
    says: list[str]
    services: list[ServiceText] = []


class TroubleWords(msgspec.Struct):
    """What is said if an order does not go as it should: why somebody wants to cancel, what they dispute, and how the
    two sides of a settled dispute review each other.
    """

    cancel: str
    dispute: str
    settled: ReviewText
    settled_client: ReviewText
    late_dispute: str


class OrderWords(msgspec.Struct):
    """What is said with deliveries, the first and the later ones, with requests for changes, and in reviews."""

    notes: list[str]
    changed: list[str]
    changes: list[str]
    of_freelancers: list[ReviewText]
    of_clients: list[ReviewText]
    troubles: TroubleWords


class Words(msgspec.Struct):
    """What bids are made of, `approaches` by category, and what is said with orders."""

    greetings: list[str]
    closings: list[str]
    short: list[str]
    declining: str
    approaches: dict[str, list[str]]
    orders: OrderWords


class Script(msgspec.Struct):
    """All of script.toml."""

    undecided: JobText
    hired: JobText
    delivered: JobText
    talks: list[TalkText]
    invitations: list[InvitationText]
    offers: list[OfferText]
    admin: str  # who finds freelancers for requests
    requests: list[RequestText]
    clients: list[Client]
    freelancers: list[Freelancer]
    words: Words


def read_script() -> Script:
    """Return all of script.toml, as it is next to this module."""
    return msgspec.toml.decode(Path(__file__).with_name("script.toml").read_bytes(), type=Script)


def split(skills: str) -> list[str]:
    """Return skills one by one, as script.toml names them."""
    return skills.split(", ") if skills else []
