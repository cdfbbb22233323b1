"""What the lists of jobs and services show: what was found, what is filtered, and what else there would be."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from flask import request, url_for

from gigflow.accounts.views import faces_of
from gigflow.core.errors import Invalid, Unavailable
from gigflow.core.money import Currency
from gigflow.core.paging import Page, PageRequest, page_request
from gigflow.core.words import folded
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.gigs.models import Gig, GigKind
from gigflow.market import search as searching
from gigflow.market.forms import SearchPageForm
from gigflow.market.models import Search
from gigflow.market.suggesting import suggested
from gigflow.web.forms import bind_query, given
from gigflow.web.htmx import wants_fragment
from gigflow.web.runtime import db, runtime

# What a chip says of a condition of `Search`, and the parameter that it comes from.
_PARAMETERS = {
    "text": "q",
    "category": "category",
    "skills": "skills",
    "least_price": "min_price",
    "most_price": "max_price",
    "most_days": "max_days",
    "least_stars": "min_rating",
    "available": "available",
}

# One address restores at most this many pages at once; after them "load more" begins a page of its own.
PAGES_MAX = 10
ALONE_MAX = 2  # conditions that are offered alone if none could be left out

# Only these of a query are carried on: others would be words to `url_for`.
_KNOWN = (*_PARAMETERS.values(), "sort")


class Chip(msgspec.Struct, frozen=True):
    """A condition in words, and the page without it."""

    label: str
    url: str


def browse_context(kind: GigKind) -> dict[str, Any]:
    """Return everything that the page of a kind of gigs shows for the query of this request."""
    form = bind_query(SearchPageForm)
    search = form.search(kinds=(kind,))
    if search.sort == "relevance" and not search.text:
        # Without words all fit alike; `_url` says so, too.
        search = msgspec.structs.replace(search, sort="newest")
    cursor, pages = request.args.get("cursor"), pages_asked()
    page, slow = _page(search, cursor, pages)
    chips = _chips(search)
    is_empty = page is not None and not page.rows and not cursor
    meant = suggested(db(), search) if is_empty else None
    loosen = _loosen(search, dict(chips)) if is_empty else []
    # If a list was added to from its beginning, the address keeps that; other pages go on by plain links.
    is_kept = page and page.next and pages < PAGES_MAX and (not cursor or wants_fragment())
    following = str(pages + 1)
    # More of a list needs neither facets nor what they offer; they are shown next to its beginning.
    facets = None if cursor or slow else searching.count_facets(db(), search)
    asked = {folded(skill) for skill in search.skills}
    return {
        "kind": kind,
        "form": form,
        "gigs": page.rows if page else [],
        "faces": faces_of(gig.owner_id for gig in page.rows) if page and kind == "service" else {},
        "cursor": cursor,
        "is_lost": page is None and not slow,
        "slow": slow,
        "next_url": _url(cursor=page.next) if page and page.next else None,
        "more_url": _url(cursor=page.next, pages=following) if page and is_kept else None,
        "kept_url": _url(pages=following) if is_kept else None,
        "first_url": _url(),
        "left_out": _left_out(form, kind),
        "chips": [chip for _, chip in chips],
        "clear_url": url_for(request.endpoint or ""),
        "is_filtered": bool(chips),
        "facets": facets,
        "more_skills": [
            (skill, count, _url(skills=", ".join([*search.skills, skill]), cursor=None))
            for skill, count in (facets.skills if facets else ())
            if folded(skill) not in asked
        ],
        "loosen": loosen,
        "alone": _alone(search) if is_empty and not loosen else [],
        "meant": Chip(meant, _url(q=meant, cursor=None)) if meant else None,
    }


def pages_asked() -> int:
    """Return how many pages of the list the address asks for; with a cursor, which page comes after it."""
    text = request.args.get("pages", "")
    return max(1, min(int(text), PAGES_MAX)) if text.isascii() and text.isdigit() and len(text) < 3 else 1


def _page(search: Search, cursor: str | None, pages: int) -> tuple[Page[Gig] | None, str]:
    """Return what was asked for of the list; None if the page has to say that the cursor is not one of its own, or
    (with the words for it) that the search takes too long.
    """
    try:
        wanted = page_request(None, cursor, order=search.order)
    except Invalid:
        if wants_fragment():
            raise
        return None, ""
    if not cursor:
        wanted = PageRequest(wanted.limit * pages)
    try:
        return searching.search_gigs(db(), search, wanted), ""
    except Unavailable as error:
        if cursor and wants_fragment():
            raise
        return None, error.message


def _left_out(form: SearchPageForm, kind: GigKind) -> list[str]:
    """Return which of the conditions the search ignores, and why."""
    reasons = {str(name): " ".join(map(str, messages)) for name, messages in form.errors.items()}
    if kind == "job":
        reasons |= dict.fromkeys(form.of_services_only(), "for services only")
    return [f"{form[name].label.text} ({reason.rstrip('.')})" for name, reason in reasons.items()]


def _chips(search: Search) -> list[tuple[str, Chip]]:
    """Return the active conditions by their name in `Search`, each with the page without it; a skill has a chip of its
    own.
    """
    currency = runtime().currency
    chips = []
    for name, parameter in _PARAMETERS.items():
        value = getattr(search, name)
        if name == "skills":
            rest = [(skill, ", ".join(other for other in value if other != skill) or None) for skill in value]
            chips += [(name, Chip(skill, _url(skills=others, cursor=None))) for skill, others in rest]
        elif value:
            label = _label(name, value, currency)
            chips.append((name, Chip(label, _url(**{parameter: None, "cursor": None}))))
    return chips


def _label(name: str, value: Any, currency: Currency) -> str:
    if name == "least_price":
        return f"from {currency.format(value)}"
    if name == "most_price":
        return f"up to {currency.format(value)}"
    return {
        "text": f"“{value}”",
        "category": CATEGORY_NAMES.get(str(value), ""),
        "most_days": f"within {value} days",
        "least_stars": f"{str(value).removesuffix('.0')} stars and up",
        "available": "available now",
    }[name]


def _loosen(search: Search, chips: dict[str, Chip]) -> list[Chip]:
    """Return what could be left out to find something."""
    return [
        Chip(
            "Without the skills"
            if name == "skills" and len(search.skills) > 1
            else f"Without “{chips[name].label.strip('“”')}”",
            _url(**{_PARAMETERS[name]: None, "cursor": None}),
        )
        for name in searching.looser(db(), search)
    ]


def _alone(search: Search) -> list[Chip]:
    """Return conditions that find something alone, if it does not help to leave one of them out."""
    nothing = dict.fromkeys(_PARAMETERS.values())

    def found() -> Iterator[Chip]:
        for name, value, label, asked in _each(search):
            if searching.finds_any(db(), Search(kinds=search.kinds, **{name: value})):
                yield Chip(f"Only {label}", _url(**{**nothing, _PARAMETERS[name]: asked}))

    return list(islice(found(), ALONE_MAX))


def _each(search: Search) -> Iterator[tuple[str, Any, str, str | None]]:
    """Yield the active conditions one by one, the most telling ones first: name, value, words, and value in the
    address.
    """
    for skill in search.skills:
        yield "skills", (skill,), skill, skill
    for name, parameter in _PARAMETERS.items():
        value = getattr(search, name)
        if value and name != "skills":
            yield name, value, _label(name, value, runtime().currency), next(iter(given(parameter)), None)


def _url(**changed: str | None) -> str:
    """Return the address of this page with other parameters, in a page's own spelling; empty or unknown ones are left
    out, and so is an order by words that are gone.
    """
    asked: dict[str, Any] = {name: given(name) for name in _KNOWN}
    kept = {name: values for name, values in {**asked, **changed}.items() if values}
    if "q" not in kept and kept.get("sort") == ["relevance"]:
        del kept["sort"]
    return url_for(request.endpoint or "", **kept)
