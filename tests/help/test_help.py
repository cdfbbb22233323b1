"""Help (docs/ui.md): its numbers are those by which GigFlow acts."""

from collections.abc import Callable

import pytest

from gigflow.help.views import TOPICS
from gigflow.orders import models as orders
from tests.support.client import Client
from tests.support.server import Server


def test_every_page_leads_to_help(visitor: Client) -> None:
    foot = {link.to_text(): link.attrs["href"] for link in visitor.page("/jobs").all(".foot nav a")}
    assert {"Help", "Fees", "About", "Terms", "Privacy", "Contact"} <= foot.keys()
    for path in foot.values():
        assert visitor.page(path or "").status == 200
    topics = [link.attrs["href"] for link in visitor.page("/help").all("main h2 a")]
    assert topics == [f"/help/{topic}" for topic in TOPICS]


def test_fees_are_those_of_the_settings(visitor: Client, start_server: Callable[..., Server]) -> None:
    said = visitor.page("/help/fees").text
    assert "a fee of 10%" in said
    assert "the client pays $100, the fee is $10, and the freelancer gets $90" in said
    assert "no real money moves" in said
    other = Client(start_server(FEE_PERCENT="7.25", CURRENCY="JPY", PAYMENTS="off").url)
    said = other.page("/help/fees").text
    other.close()
    assert "a fee of 7.25%" in said
    assert "the client pays ¥100, the fee is ¥7, and the freelancer gets ¥93" in said
    assert "Payments are switched off" in said


@pytest.mark.parametrize(
    "words",
    [
        f"not paid within {orders.PAY_WITHIN.days} days",
        f"or {orders.DELIVERY_DAYS} days after the payment",
        f"{orders.ACCEPT_WITHIN['bid'].days} days for a job, after {orders.ACCEPT_WITHIN['service'].days} days for",
        f"at least {orders.REVISE_WITHIN.days} days later",
    ],
)
def test_rules_are_those_of_orders(visitor: Client, words: str) -> None:
    assert words in visitor.page("/help/rules").text


def test_there_is_no_other_topic(visitor: Client) -> None:
    assert visitor.page("/help/_topic").status == 404
