"""Buying a service, for people: its terms once more, and on to the checkout."""

from collections.abc import Sequence

from flask import Blueprint, Response, url_for

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.gigs.models import Service
from gigflow.orders.models import Seen
from gigflow.services import actions, buying
from gigflow.services.forms import BuyForm
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render_question
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person, rules, runtime

pages = Blueprint("buying", __name__)


@pages.get("/gigs/<gig_id>/buy")
@signed_in
def ask_buy(gig_id: str) -> Response:
    """Ask before ordering, with the terms; the form carries what was shown."""
    service = actions.service_for(db(), person(), object_id(gig_id))
    buying.check_buyer(service, person())
    return _buy_page(service)


@pages.post("/gigs/<gig_id>/buy")
@signed_in
@limited("purchases", in_form=True)
def buy(gig_id: str) -> Response:
    """Order it and go on to pay; if that is refused, show the new terms or the reason."""
    form = BuyForm()
    order = form.perform(
        lambda: buying.buy_service(
            db(),
            person(),
            object_id(gig_id),
            seen=Seen(form.price.data, form.version.data),
            rules=rules(),
            gateway=runtime().gateway,
            now=now(),
            most_unpaid=runtime().limits.most("unpaid_orders"),
        )
    )
    if order:
        return go(url_for("paying.checkout", order_id=order.id))
    problems = form.form_errors or ["These terms could not be read. Please check them again."]
    service = actions.service_for(db(), person(), object_id(gig_id))
    return _buy_page(service, problems=problems, status=form.status)


def _buy_page(service: Service, *, problems: Sequence[str] = (), status: int = 200) -> Response:
    shown = BuyForm(formdata=None, data={"price": service.price_minor, "version": service.version})
    shown.form_errors = list(problems)
    return render_question(
        "services/_buy.html",
        f"Buy {service.title}",
        status=status,
        form=shown,
        service=service,
        provider=runtime().settings.payment_provider,
    )
