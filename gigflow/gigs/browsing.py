"""What the lists of jobs and services show: what was found, what is filtered, and what else there would be."""

from typing import Any

import msgspec
from flask import request, url_for

from gigflow.core.money import Currency
from gigflow.core.paging import page_request
from gigflow.gigs import searching
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.gigs.forms import SearchPageForm
from gigflow.gigs.models import GigKind, Search
from gigflow.web.forms import bind_query
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

# Of a query only these are carried on: others would be words to `url_for`.
_KNOWN = {*_PARAMETERS.values(), "sort"}


class Chip(msgspec.Struct, frozen=True):
    """A condition in words, and the page without it."""

    label: str
    url: str


def browse_context(kind: GigKind) -> dict[str, Any]:
    """Everything that the page of a kind of gigs shows for the query of this request."""
    form = bind_query(SearchPageForm)
    search = form.search(kinds=(kind,))
    cursor = request.args.get("cursor")
    page = searching.search_gigs(db(), search, page_request(None, cursor, order=search.order))
    chips = _chips(search)
    return {
        "kind": kind,
        "form": form,
        "gigs": page.rows,
        "cursor": cursor,
        "next_url": _url(cursor=page.next) if page.next else None,
        "chips": [chip for _, chip in chips],
        "clear_url": url_for(request.endpoint or ""),
        "is_filtered": bool(chips),
        # More of a list needs neither; they stand beside its beginning.
        "facets": None if cursor else searching.count_facets(db(), search),
        "loosen": [] if page.rows or cursor else _loosen(search, dict(chips)),
        "category_names": CATEGORY_NAMES,
    }


def _chips(search: Search) -> list[tuple[str, Chip]]:
    """The active conditions by their name in `Search`, each with the page without it; a skill has a chip of its own."""
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
    if name in ("least_price", "most_price"):
        return f"{'from' if name == 'least_price' else 'up to'} {currency.format(value)}"
    return {
        "text": f"“{value}”",
        "category": CATEGORY_NAMES.get(str(value), ""),
        "most_days": f"within {value} days",
        "least_stars": f"{value} stars and more",
        "available": "available now",
    }[name]


def _loosen(search: Search, chips: dict[str, Chip]) -> list[Chip]:
    """What one could leave out to find something."""
    return [
        Chip(
            "Without the skills" if name == "skills" else f"Without “{chips[name].label.strip('“”')}”",
            _url(**{_PARAMETERS[name]: None, "cursor": None}),
        )
        for name in searching.looser(db(), search)
    ]


def _url(**changed: str | None) -> str:
    """This page with other parameters; what is empty or unknown is left out."""
    asked: dict[str, Any] = {
        name: values for name, values in request.args.to_dict(flat=False).items() if name in _KNOWN
    }
    kept = {name: values for name, values in {**asked, **changed}.items() if values and values != [""]}
    return url_for(request.endpoint or "", **kept)
