"""Receipts for programs (docs/api.md)."""

from flask import Blueprint, Response

from gigflow.core.db import object_id
from gigflow.receipts import actions
from gigflow.receipts.bodies import ReceiptBody, ReceiptList, receipt_body
from gigflow.receipts.drawing import pdf_of
from gigflow.receipts.models import Receipt
from gigflow.receipts.sheets import sheet_of
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page
from gigflow.web.openapi import CURSOR, LIMIT, describes
from gigflow.web.runtime import base_url, db, person

api = Blueprint("receipts_api", __name__, url_prefix="/api")


@api.get("/orders/<id>/receipts")
@signed_in
@describes(
    "List the receipts of an order, newest first",
    "Orders",
    ReceiptList,
    query=(LIMIT, CURSOR),
    refusals=(404,),
)
def list_of_order(id: str) -> Response:
    """Show the receipts of an order of yours; admins see all."""
    page = actions.receipts_of(db(), person(), object_id(id), asked_page())
    return answer(ReceiptList([receipt_body(each) for each in page.rows], page.next))


@api.get("/receipts/<id>")
@signed_in
@describes("Get a receipt", "Orders", ReceiptBody, refusals=(404,))
def show(id: str) -> Response:
    """Show a receipt of an order of yours; admins see all."""
    return answer(receipt_body(actions.receipt_for(db(), person(), object_id(id))))


@api.get("/receipts/<id>.pdf")
@signed_in
@describes("Get a receipt as a PDF file", "Orders", bytes, media="application/pdf", refusals=(404,))
def show_pdf(id: str) -> Response:
    """Send the receipt as a file."""
    return pdf_answer(actions.receipt_for(db(), person(), object_id(id)))


def pdf_answer(receipt: Receipt) -> Response:
    """Return a receipt as a file, shown where programs can show it."""
    response = Response(pdf_of(sheet_of(receipt, base_url())), mimetype="application/pdf")
    name = f"receipt-{receipt.shown_number}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
