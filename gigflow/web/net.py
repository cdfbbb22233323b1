"""What is left of a price after GigFlow's fee: said under each field in which freelancers type one
(docs/domain.md, Money).
"""

from flask import Blueprint, Response, request

from gigflow.core.money import fee_of, percent
from gigflow.web.amounts import typed_amount
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.marks import needs_nobody
from gigflow.web.runtime import rules

pages = Blueprint("net", __name__)


@pages.get("/fee")
@needs_nobody
def show() -> Response:
    """Say what is left of the price that is being typed, or why the form will not take it; nothing gets the rule."""
    if not wants_fragment():
        return go("/")  # it is a part of a form, not a page
    return render("_net.html", sentence=_said_of(request.args.get("price", "")))


def net_sentence(price_minor: int | None) -> str:
    """Return what a freelancer receives of a price, in one sentence; without a price the rule."""
    points = rules().fee_basis_points
    if not points:
        return "GigFlow takes no fee: you receive all of it."
    if price_minor is None:
        return f"GigFlow’s fee is {fee_percent()} of it; you receive the rest."
    net = rules().currency.format(price_minor - fee_of(price_minor, points))
    return f"You receive {net} after the {fee_percent()} fee."


def fee_percent() -> str:
    """Return GigFlow's fee as people read it: "10%", "2.5%"."""
    return percent(rules().fee_basis_points)


def _said_of(text: str) -> str:
    try:
        return net_sentence(typed_amount(text, to_pay=True))
    except ValueError as error:
        return str(error)
