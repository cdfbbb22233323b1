"""What programs see of what was agreed in an order."""

import msgspec

from gigflow.files import actions as files
from gigflow.files.api import FileBody, file_bodies
from gigflow.orders.models import Order
from gigflow.web.runtime import db, runtime


class TermsBody(msgspec.Struct, rename="camel", kw_only=True):
    """What was agreed; no later edit changes it. `files` came with `text`, `messageFiles` with `message`. Lists leave
    the long texts and the files out.
    """

    title: str
    text: str | msgspec.UnsetType = msgspec.UNSET
    files: list[FileBody] | msgspec.UnsetType = msgspec.UNSET
    message: str | msgspec.UnsetType = msgspec.UNSET
    message_files: list[FileBody] | msgspec.UnsetType = msgspec.UNSET
    price: float
    delivery_days: int
    revisions: int


def terms_body(order: Order) -> TermsBody:
    """Return the terms of an order as lists have them."""
    terms = order.terms
    return TermsBody(
        title=terms.title,
        price=runtime().currency.number(terms.price_minor),
        delivery_days=terms.days,
        revisions=terms.revisions,
    )


def whole_terms_body(order: Order) -> TermsBody:
    """Return everything that was agreed in an order."""
    terms, body = order.terms, terms_body(order)
    known = files.files_by_id(db(), [*terms.file_ids, *terms.message_file_ids])
    body.text, body.message = terms.text, terms.message
    body.files = file_bodies(known, terms.file_ids)
    body.message_files = file_bodies(known, terms.message_file_ids)
    return body
