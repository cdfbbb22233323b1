"""What an amount of the held money means for both sides, said before somebody proposes it or decides it."""

from collections.abc import Callable
from typing import NamedTuple

from gigflow.core.money import percent
from gigflow.orders.models import Order, Side

MORE_THAN_HELD = "That is more than is held."
Words = dict[
    Side | None, str
]  # to the freelancer and to the client, who propose it, and to an admin, who decides it


class Wording(NamedTuple):
    """What is said of all that is held, of a part, of nothing, and while no amount is typed."""

    all: Words
    part: Words
    nothing: Words
    rule: Words


_WITH_FEE = Wording(
    {
        None: "{freelancer} receives {net} after the {fee} fee, and nothing is refunded.",
        "freelancer": "At this amount you receive {net} after the {fee} fee, and nothing is refunded.",
        "client": "At this amount {freelancer} receives {net} after the {fee} fee, and nothing is refunded to you.",
    },
    {
        None: "{freelancer} receives {net} after the {fee} fee, and {refund} is refunded to {client}.",
        "freelancer": "At this amount you receive {net} after the {fee} fee, and {refund} is refunded to {client}.",
        "client": "At this amount {freelancer} receives {net} after the {fee} fee, and {refund} is refunded to you.",
    },
    {
        None: "{freelancer} receives nothing, and {refund} is refunded to {client} without a fee.",
        "freelancer": "At this amount you receive nothing, and {refund} is refunded to {client} without a fee.",
        "client": "At this amount {freelancer} receives nothing, and {refund} is refunded to you without a fee.",
    },
    {
        None: "GigFlow’s fee is {fee} of what {freelancer} gets; {client} pays none.",
        "freelancer": "GigFlow’s fee is {fee} of what you get; {client} pays none.",
        "client": "GigFlow’s fee is {fee} of what {freelancer} gets; you pay none.",
    },
)
_WITHOUT_FEE = Wording(
    {
        None: "{freelancer} receives {net}, and nothing is refunded.",
        "freelancer": "At this amount you receive {net}, and nothing is refunded.",
        "client": "At this amount {freelancer} receives {net}, and nothing is refunded to you.",
    },
    {
        None: "{freelancer} receives {net}, and {refund} is refunded to {client}.",
        "freelancer": "At this amount you receive {net}, and {refund} is refunded to {client}.",
        "client": "At this amount {freelancer} receives {net}, and {refund} is refunded to you.",
    },
    {
        None: "{freelancer} receives nothing, and {refund} is refunded to {client}.",
        "freelancer": "At this amount you receive nothing, and {refund} is refunded to {client}.",
        "client": "At this amount {freelancer} receives nothing, and {refund} is refunded to you.",
    },
    dict.fromkeys((None, "freelancer", "client"), "GigFlow takes no fee."),
)


def split_sentence(order: Order, amount_minor: int | None, side: Side | None) -> str:
    """Return what both sides get if `amount_minor` of what is held is released, told to one of them, or to an admin
    (None); without an amount the rule. Its slots are `split_slots`, {client} and {freelancer}.
    """
    wording = _WITH_FEE if order.fee_basis_points else _WITHOUT_FEE
    if amount_minor is None:
        return wording.rule[side]
    if amount_minor > order.held_minor:
        return MORE_THAN_HELD
    if not amount_minor:
        return wording.nothing[side]
    return (wording.part if amount_minor < order.held_minor else wording.all)[side]


def split_slots(order: Order, amount_minor: int | None, money: Callable[[int], str]) -> dict[str, str]:
    """Return the amounts that such a sentence names, as people read them."""
    released = amount_minor or 0
    return {
        "net": money(order.net_of(released)),
        "refund": money(order.held_minor - released),
        "fee": percent(order.fee_basis_points),
    }
