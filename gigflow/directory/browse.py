"""What the page of the directory shows: who was found, what is filtered, and what else there would be."""

from typing import Any

import msgspec
from bson import ObjectId
from flask import request, url_for

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person
from gigflow.core.clock import now, utc_offset
from gigflow.core.db import is_id
from gigflow.core.errors import Invalid, Unavailable
from gigflow.core.languages import names_of
from gigflow.core.paging import Page, PageRequest, page_request
from gigflow.directory import search
from gigflow.directory.forms import PeoplePageForm
from gigflow.directory.models import Freelancer, Look
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.invitations.views import asked_people
from gigflow.market.browse import PAGES_MAX, Chip, pages_asked
from gigflow.web.forms import bind_query, given
from gigflow.web.htmx import wants_fragment
from gigflow.web.runtime import db, runtime, viewer

# The parameter that each condition of a `Look` comes from, in the order of their chips.
_PARAMETERS = {
    "text": "q",
    "category": "category",
    "skills": "skills",
    "languages": "languages",
    "most_price": "max_from_price",
    "least_stars": "min_rating",
    "available": "available",
}
# Only these of a query are carried on: others would be words to `url_for`.
_KNOWN = (*_PARAMETERS.values(), "sort")


def people_context() -> dict[str, Any]:
    """Return everything that the page shows for the query of this request."""
    form = bind_query(PeoplePageForm)
    look = msgspec.structs.replace(form.look(), without=search.blocked_by(db(), viewer()))
    cursor, pages = request.args.get("cursor"), pages_asked()
    page, slow = _page(look, cursor, pages)
    people = page.rows if page else []
    ticked, elsewhere = _ticked(people, is_more=bool(cursor) and wants_fragment())
    chips = _chips(look)
    is_empty = page is not None and not page.rows and not cursor
    meant = search.suggested(db(), look) if is_empty else None
    # If a list was added to from its beginning, the address keeps that; other pages go on by plain links.
    is_kept = page and page.next and pages < PAGES_MAX and (not cursor or wants_fragment())
    following = str(pages + 1)
    return {
        "form": form,
        "people": people,
        "spoken": {row.id: names_of(row.languages) for row in people},
        "clocks": {row.id: utc_offset(row.time_zone, now()) for row in people},
        "inviting": _inviting(),
        "ticked": ticked,
        "elsewhere": elsewhere,
        "cursor": cursor,
        "is_lost": page is None and not slow,
        "slow": slow,
        "next_cursor": page.next if page else None,
        "next_url": _url(cursor=page.next) if page and page.next else None,
        "more_url": _url(cursor=page.next, pages=following) if page and is_kept else None,
        "kept_url": _url(pages=following) if is_kept else None,
        "first_url": _url(),
        "left_out": [f"{form[name].label.text} ({_reason(form, name)})" for name in form.errors],
        "chips": [chip for _, chip in chips],
        "clear_url": _url(**dict.fromkeys(_KNOWN)),
        "loosen": _loosen(look, dict(chips)) if is_empty else [],
        "meant": Chip(meant, _url(q=meant)) if meant else None,
    }


def _page(look: Look, cursor: str | None, pages: int) -> tuple[Page[Freelancer] | None, str]:
    """Return what was asked for of the list; None if the page has to say that the cursor is not one of its own, or
    (with the words for it) that the search takes too long.
    """
    try:
        wanted = page_request(None, cursor, order=look.order, is_text=look.sort == "name")
    except Invalid:
        if wants_fragment():
            raise
        return None, ""
    if not cursor:
        wanted = PageRequest(wanted.limit * pages)
    try:
        return search.find_people(db(), look, wanted), ""
    except Unavailable as error:
        if cursor and wants_fragment():
            raise
        return None, error.message


def _inviting() -> str:
    """Return the id of the job that somebody looks for freelancers for, if the address names one."""
    job = request.args.get("invite", "")
    return job if is_id(job) else ""


def _ticked(people: list[Freelancer], *, is_more: bool) -> tuple[set[ObjectId], list[Person]]:
    """Return whom the address names as ticked, and those of them who are not among these people: they are shown apart.
    What is added to a list has its ticks in the page already.
    """
    asked = [] if is_more or not viewer() else asked_people()
    shown = {row.id for row in people}
    absent = [each for each in asked if each not in shown]
    known = accounts.people(db(), absent) if absent else {}
    return set(asked), [known[each] for each in absent if each in known]


def _reason(form: PeoplePageForm, name: str) -> str:
    return " ".join(map(str, form.errors[name])).rstrip(".")


def _chips(look: Look) -> list[tuple[str, Chip]]:
    """Return the active conditions by their names, each with the page without it; a skill or a language has a chip of
    its own.
    """
    chips = []
    for name, parameter in _PARAMETERS.items():
        value = getattr(look, name)
        if name in ("skills", "languages"):
            for each in value:
                others = [other for other in value if other != each]
                label = each
                if name == "languages":  # a field for each, with its name
                    label, others = names_of([each])[0], names_of(others)
                rest = others if name == "languages" else ", ".join(others)
                chips.append((name, Chip(label, _url(**{parameter: rest}))))
        elif value:
            chips.append((name, Chip(_label(name, value), _url(**{parameter: None}))))
    return chips


def _label(name: str, value: Any) -> str:
    if name == "most_price":
        return f"services from {runtime().currency.format(value)} or less"
    return {
        "text": f"“{value}”",
        "category": CATEGORY_NAMES.get(str(value), ""),
        "least_stars": f"{str(value).removesuffix('.0')} stars and up",
        "available": "available now",
    }[name]


def _loosen(look: Look, chips: dict[str, Chip]) -> list[Chip]:
    """Return what could be left out to find somebody."""
    found = []
    for name in search.looser(db(), look):
        if name in ("skills", "languages") and len(getattr(look, name)) > 1:
            label = f"Without the {name}"
        else:
            label = f"Without “{chips[name].label.strip('“”')}”"
        found.append(Chip(label, _url(**{_PARAMETERS[name]: None})))
    return found


def _url(**changed: str | list[str] | None) -> str:
    """Return the address of this page with other parameters, in a page's own spelling; empty or unknown ones are left
    out. The job that is hired for, and who is ticked, stay.
    """
    asked: dict[str, Any] = {name: given(name) for name in _KNOWN}
    if viewer():
        asked |= {"invite": _inviting(), "to": list(map(str, asked_people()))}
    kept = {name: values for name, values in {**asked, **changed}.items() if values}
    return url_for("directory.index", **kept)
