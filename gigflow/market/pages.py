"""The market for people: the lists of both kinds, and the categories."""

from flask import Blueprint, Response, url_for

from gigflow.accounts.views import faces_of
from gigflow.core.errors import NotFound
from gigflow.gigs.categories import CATEGORY_GROUPS, CATEGORY_NAMES
from gigflow.gigs.models import GigKind
from gigflow.market import search as searching
from gigflow.market.browse import browse_context
from gigflow.web.htmx import go, render
from gigflow.web.runtime import db

pages = Blueprint("market", __name__)

NEWEST_OF_CATEGORY = 6


@pages.get("/jobs")
def jobs() -> Response:
    """Show open jobs, searched while one types; HTMX asks for the results or, with a cursor, for more of them."""
    return _browse_page("job")


@pages.get("/services")
def services() -> Response:
    """Show live services, searched while one types."""
    return _browse_page("service")


@pages.get("/categories")
def categories() -> Response:
    """Show what work is sorted into, with how much there is of each."""
    return render("market/categories.html", groups=searching.categories(db()))


@pages.get("/categories/<slug>")
def category(slug: str) -> Response:
    """Show the newest of one category."""
    group = next((name for name, pairs in CATEGORY_GROUPS if slug in dict(pairs)), None)
    if group is None:
        raise NotFound("There is no such category.", code="category_not_found")
    services = searching.newest(db(), "service", NEWEST_OF_CATEGORY, slug)
    return render(
        "market/category.html",
        category={"slug": slug, "name": CATEGORY_NAMES[slug]},
        group_name=group,
        jobs=searching.newest(db(), "job", NEWEST_OF_CATEGORY, slug),
        services=services,
        faces=faces_of(service.owner_id for service in services),
    )


@pages.get("/gigs")
def all_gigs() -> Response:
    """Show the list if the address of a refused form, which was shown without JavaScript, is reloaded or opened."""
    return go(url_for("market.jobs"))


def _browse_page(kind: GigKind) -> Response:
    """Show a list with its filters; HTMX asks for the results or, with a cursor, for more of them."""
    context = browse_context(kind)
    fragment = "market/_more.html" if context["cursor"] else "market/_results.html"
    status = 503 if context["slow"] else 400 if context["is_lost"] else 200
    return render("market/browse.html", fragment, status=status, **context)
