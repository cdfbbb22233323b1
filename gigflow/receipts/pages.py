"""Receipts for people: a page that prints well, and the file."""

from flask import Blueprint, Response

from gigflow.core.db import object_id
from gigflow.notifications.views import news_lead_to
from gigflow.orders.models import path_of
from gigflow.receipts import actions
from gigflow.receipts.sheets import sheet_of
from gigflow.web.auth import signed_in
from gigflow.web.htmx import render
from gigflow.web.runtime import base_url, db, person

pages = Blueprint("receipts", __name__)


@pages.get("/receipts/<receipt_id>")
@signed_in
def show(receipt_id: str) -> Response:
    """Show a receipt to a side of its order, or an admin."""
    receipt = actions.receipt_for(db(), person(), object_id(receipt_id))
    news_lead_to(path_of(receipt.order_id))
    return render("receipts/show.html", receipt=receipt, said=sheet_of(receipt, base_url()))
