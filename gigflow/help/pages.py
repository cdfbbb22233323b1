"""Help, and what a site says of itself."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response

from gigflow.core.errors import NotFound
from gigflow.core.money import fee_of, percent
from gigflow.help.views import SAYS_ENOUGH, TOPICS, WRITTEN, written_page
from gigflow.orders import models as orders
from gigflow.orders.dispute_models import ROUND
from gigflow.reviews.models import WINDOW
from gigflow.web.htmx import render
from gigflow.web.runtime import rules, runtime

pages = Blueprint("help", __name__)


@pages.get("/help")
def index() -> Response:
    """Name the topics."""
    return render("help/index.html", topics=TOPICS, has_contact=written_page("contact") is not None)


@pages.get("/help/<topic>")
def show(topic: str) -> Response:
    """Show one topic."""
    if topic not in TOPICS:
        raise NotFound("There is no such page of help.")
    return render(f"help/{topic}.html", topic=topic, heading=TOPICS[topic][0], topics=TOPICS, **_numbers())


@pages.get("/about", defaults={"name": "about"})
@pages.get("/terms", defaults={"name": "terms"})
@pages.get("/privacy", defaults={"name": "privacy"})
@pages.get("/contact", defaults={"name": "contact"})
def written(name: str) -> Response:
    """Show what the operator has written, or the usual words."""
    page = written_page(name)
    heading = page.heading if page and page.heading else WRITTEN[name]
    is_found = page is not None or name in SAYS_ENOUGH
    return render(
        "help/written.html", name=name, heading=heading, written=page, is_found=is_found, **_numbers()
    )


def _numbers() -> dict[str, Any]:
    """Return the numbers of the rules, from where they are applied."""
    fee = rules().fee_basis_points
    example = 100 * 10 ** rules().currency.digits
    return {
        "fee": percent(fee),
        "fee_minor": fee_of(example, fee),
        "example": example,
        "provider": runtime().settings.payment_provider,
        "pay_days": orders.PAY_WITHIN.days,
        "accept_job_days": orders.ACCEPT_WITHIN["bid"].days,
        "accept_service_days": orders.ACCEPT_WITHIN["service"].days,
        "delivery_days": orders.DELIVERY_DAYS,
        "revisions": orders.REVISIONS,
        "revise_days": orders.REVISE_WITHIN.days,
        "answer_hours": orders.ANSWER_WITHIN // timedelta(hours=1),
        "round_days": ROUND.days,
        "cancellations_most": orders.CANCELLATIONS_MAX,
        "review_days": WINDOW.days,
    }
