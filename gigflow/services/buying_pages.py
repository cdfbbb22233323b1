"""Buying a service, for people: its terms once more, and on to the checkout."""

from collections.abc import Sequence

from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions as accounts
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Conflict
from gigflow.core.files import FILES_MAX
from gigflow.core.texts import quoted
from gigflow.files.models import Subject
from gigflow.files.views import keep_answers, keep_sent, name_files
from gigflow.gigs.models import Service
from gigflow.orders import actions as orders
from gigflow.orders.brief_views import saved_beside
from gigflow.orders.models import Order, Seen
from gigflow.orders.turns import silence_sentence
from gigflow.services import actions, buying
from gigflow.services.forms import BuyForm
from gigflow.web.htmx import go, render_question
from gigflow.web.limits import spend_by_person
from gigflow.web.marks import visitors_begin
from gigflow.web.runtime import db, person, rules, runtime, viewer
from gigflow.web.uploads import takes_files

pages = Blueprint("buying", __name__)


@pages.get("/gigs/<gig_id>/buy")
def ask_buy(gig_id: str) -> Response:
    """Ask before ordering, with the terms; the form carries what was shown. Somebody who pressed Buy before they joined
    is told if the terms are no longer those that they saw.
    """
    service = actions.service_for(db(), viewer(), object_id(gig_id))
    if reader := viewer():
        buying.check_buyer(service, reader)
    try:
        _seen_before().check(service, "service")
    except Conflict as error:
        return _buy_page(service, problems=[error.message])
    return _buy_page(service)


@pages.post("/gigs/<gig_id>/buy")
@visitors_begin
@takes_files(FILES_MAX)
def buy(gig_id: str) -> Response:
    """Order it and go on to pay; if that is refused, show the new terms or the reason. What a visitor wants to buy is
    kept until they have joined.
    """
    form = BuyForm()
    if viewer() is None:
        return _begin(form, gig_id)
    spend_by_person("purchases", in_form=True)
    keep_sent(form)
    keep_answers(form, actions.service_for(db(), viewer(), object_id(gig_id)).questions)
    order = form.perform(
        lambda: buying.buy_service(
            db(),
            person(),
            object_id(gig_id),
            seen=Seen(form.price.data, form.version.data),
            rules=rules(),
            gateway=runtime().gateway,
            now=now(),
            given=form.given,
            brief_version=form.order_version.data,
            most_unpaid=runtime().limits.most("unpaid_orders"),
        )
    )
    if order:
        return go(url_for("paying.checkout", order_id=order.id))
    return _refused(form, gig_id)


def _begin(form: BuyForm, gig_id: str) -> Response:
    place = form.perform(
        lambda: buying.begin_purchase(
            db(),
            object_id(gig_id),
            seen=Seen(form.price.data, form.version.data),
            gateway=runtime().gateway,
            now=now(),
        )
    )
    return go(place) if place else _refused(form, gig_id)


def _refused(form: BuyForm, gig_id: str) -> Response:
    problems = form.form_errors
    if form.price.errors or form.version.errors or form.order_version.errors:
        problems = ["These terms could not be read. Please check them again."]
    service = actions.service_for(db(), viewer(), object_id(gig_id))
    return _buy_page(service, form, problems=problems, status=form.status)


def _form_with_brief(unpaid: Order | None) -> BuyForm:
    """Return the form to buy a service; somebody who has ordered it and not paid finds their brief in it."""
    form = BuyForm(formdata=None)
    if unpaid and unpaid.terms.brief:
        form.fill(unpaid.terms.brief)
    return form


def _seen_before() -> Seen:
    """Return the terms that the address says were seen."""
    texts = [request.args.get(name, "") for name in ("price", "version")]
    return Seen(
        *(int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None for text in texts)
    )


def _buy_page(
    service: Service, shown: BuyForm | None = None, *, problems: Sequence[str] = (), status: int = 200
) -> Response:
    """Show the terms as they are now, beside everything that was typed."""
    reader = viewer()
    unpaid = orders.unpaid_order_of(db(), reader, service.id) if reader else None
    shown = shown or _form_with_brief(unpaid)
    saved = saved_beside(shown, unpaid, shown.order_version.data)
    shown.price.data, shown.version.data = service.price_minor, service.version
    shown.order_version.data = unpaid.version if unpaid else 0
    for field in (shown.price, shown.version, shown.order_version):
        field.raw_data, field.errors = None, ()
    shown.form_errors = list(problems)
    name_files(shown, Subject("order", unpaid.id) if unpaid else None)
    return render_question(
        "services/_buy.html",
        f"Buy {quoted(service.title)}",
        status=status,
        form=shown,
        service=service,
        owner=accounts.people(db(), [service.owner_id]).get(service.owner_id),
        unpaid=unpaid,
        saved=saved,
        provider=runtime().settings.payment_provider,
        silence=silence_sentence("service", to_client=True),
    )
