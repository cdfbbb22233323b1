"""What crawlers, link previews and home screens ask for."""

import gzip

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from gigflow.accounts.models import User
from gigflow.core.clock import now
from gigflow.core.db import is_id, object_id
from gigflow.core.errors import NotFound
from gigflow.found import sitemap
from gigflow.found.cards import ICON_SIZES, Card, Cards, favicon, icon
from gigflow.found.models import Entry
from gigflow.gigs import actions as gigs
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.gigs.models import PUBLIC, Gig, Service
from gigflow.help import views as help_views
from gigflow.profiles import actions as profiles
from gigflow.profiles.views import ProfileView
from gigflow.web.marks import needs_nobody, shown_anywhere
from gigflow.web.runtime import base_url, db, runtime

pages = Blueprint("found", __name__)

A_DAY = "public, max-age=86400"
AN_HOUR = "public, max-age=3600"
SITE = Card(
    "", "Post work. Weigh the bids. Hire.", "Freelance work, with the money held until the work is accepted"
)

_files = sitemap.Files()
_cards = Cards()


@pages.get("/robots.txt")
@needs_nobody
def robots() -> Response:
    """Say what crawlers may read: pages, but no question before an act, no search and no program's address."""
    return _sent(render_template("found/robots.txt", base=base_url()).encode(), "text/plain", A_DAY)


@pages.get("/sitemap.xml")
def index() -> Response:
    """Name the files of the sitemap."""
    moment = now()
    parts = [f"{kind}-{start}" for kind in sitemap.KINDS for start in sitemap.starts_of(db(), kind, moment)]
    return _sent(sitemap.index_xml(base_url(), ["pages", *parts]).encode(), "application/xml", AN_HOUR)


@pages.get("/sitemaps/pages.xml")
@needs_nobody
def standing_pages() -> Response:
    """Send the addresses that are always there."""
    endpoints = (
        "home.show",
        "market.jobs",
        "market.services",
        "directory.index",
        "market.categories",
        "docs.page",
    )
    found = [Entry(url_for(endpoint)) for endpoint in endpoints]
    found += [Entry(url_for("market.category", slug=slug)) for slug in CATEGORY_NAMES]
    found += [Entry(address) for address in help_views.addresses()]
    return _sent(sitemap.file_xml(base_url(), found).encode(), "application/xml", AN_HOUR)


@pages.get("/sitemaps/<name>.xml")
def part(name: str) -> Response:
    """Send one file of the sitemap. It is compressed once; few crawlers want it as it is."""
    of, _, start = name.partition("-")
    kind = next((kind for kind in sitemap.KINDS if kind == of), None)
    if kind is None or not is_id(start):
        raise NotFound
    base, begins, moment = base_url(), object_id(start), now()
    data = _files.get(
        (base, f"{kind}-{begins}"),
        lambda: sitemap.file_xml(base, sitemap.entries_of(db(), kind, begins, moment)),
    )
    takes = request.accept_encodings.quality("gzip") > 0
    response = _sent(data if takes else gzip.decompress(data), "application/xml", AN_HOUR)
    if takes:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


@pages.get("/favicon.ico")
@needs_nobody
def favicon_ico() -> Response:
    """Send the icon to browsers that ask for nothing else."""
    return _sent(favicon(), "image/x-icon", A_DAY)


@pages.get("/apple-touch-icon.png", defaults={"side": 180})
@pages.get("/icons/<int:side>.png")
@needs_nobody
def icon_png(side: int) -> Response:
    """Send the icon for a home screen."""
    if side not in ICON_SIZES:
        raise NotFound
    return _sent(icon(side), "image/png", A_DAY)


@pages.get("/manifest.webmanifest")
@needs_nobody
def manifest() -> Response:
    """Say how the site looks on a home screen."""
    response = jsonify(
        name="GigFlow",
        short_name="GigFlow",
        description="A marketplace for freelance work.",
        start_url="/",
        scope="/",
        display="minimal-ui",
        background_color="#fbfaf6",
        theme_color="#fbfaf6",
        icons=[
            {"src": url_for("found.icon_png", side=side), "sizes": f"{side}x{side}", "type": "image/png"}
            for side in (192, 512)
        ],
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = A_DAY
    return response


@pages.get("/cards/site.png")
@needs_nobody
@shown_anywhere
def site_card() -> Response:
    """Send the card of pages that have none of their own."""
    return _card(SITE)


@pages.get("/cards/gigs/<gig_id>.png")
@shown_anywhere
def gig_card(gig_id: str) -> Response:
    """Send the card of a job or of a service that everybody may see."""
    gig = gigs.get_gig(db(), object_id(gig_id))
    if isinstance(gig, Service) and gig.status not in PUBLIC:
        raise NotFound("There is no such gig.", code="gig_not_found")
    return _card(card_of_gig(gig))


@pages.get("/cards/people/<user_id>.png")
@shown_anywhere
def person_card(user_id: str) -> Response:
    """Send the card of somebody's public page."""
    return _card(card_of_person(profiles.profile_of(db(), object_id(user_id))))


def card_of_gig(gig: Gig) -> Card:
    """Return the words of a gig's card."""
    is_service = isinstance(gig, Service)
    price = runtime().currency.format(gig.price_minor)
    by = f"{'Offered' if is_service else 'Posted'} by {gig.owner_name}"
    instead = f"{'A service' if is_service else 'A job'}: {gig.category_name}"
    return Card("Service" if is_service else "Job", gig.title, by, price, instead)


def card_of_person(person: User | ProfileView) -> Card:
    """Return the words of a person's card."""
    rating = person.rating.freelancer
    stars = f"{rating.average:.1f} of 5" if rating.count else ""
    return Card("Freelancer", person.name, person.headline or "On GigFlow", stars, "A freelancer on GigFlow")


@pages.app_template_global()
def card_of(subject: Gig | User | ProfileView) -> str:
    """Return the address of a card; other words make another address, so nothing shows an old one for long."""
    if isinstance(subject, User | ProfileView):
        return url_for("found.person_card", user_id=subject.id, v=card_of_person(subject).version)
    return url_for("found.gig_card", gig_id=subject.id, v=card_of_gig(subject).version)


@pages.app_template_global()
def site_url() -> str:
    """Return where the site is, for addresses that have to be whole. Without PUBLIC_URL nothing is known that a copy of
    a page could tell everybody, so these addresses begin at the root.
    """
    return runtime().settings.public_url


@pages.app_template_global()
def offer_price(minor: int) -> int | float:
    """Return an amount as programs read it."""
    return runtime().currency.number(minor)


@pages.app_template_global()
def currency_code() -> str:
    """Return the currency of this installation as programs read it."""
    return runtime().currency.code


def _card(card: Card) -> Response:
    response = _sent(_cards.get(card), "image/png", A_DAY)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # it is made to be shown elsewhere
    response.set_etag(card.version)
    response.make_conditional(request)
    return response


def _sent(data: bytes, media_type: str, kept: str) -> Response:
    return Response(data, mimetype=media_type, headers={"Cache-Control": kept})
