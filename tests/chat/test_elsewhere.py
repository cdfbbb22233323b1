"""One soft line for the reader of a message that speaks of paying elsewhere. Nothing is stopped for it: elsewhere a
filter held back “I do not work outside of Fiverr”, and punished who declined.
"""

import time

import pytest

from gigflow.chat.elsewhere import speaks_of_paying_elsewhere
from tests.support.client import Client, Person
from tests.support.market import place_bid, post_job
from tests.support.money import hired, pay
from tests.support.server import Server
from tests.support.talk import heard, open_talk, say

LINE = "GigFlow cannot hold or refund money that is paid elsewhere."
DECLINED = "I do not work outside of Fiverr."

ELSEWHERE = [
    "Write me on WhatsApp",
    "I am on whats app, too",
    "Let us talk on Telegram",
    "t.me/maya_draws",
    "PayPal is cheaper for both of us",
    "paypal.me/maya",
    "Could you do a bank transfer?",
    "Send me your IBAN",
    "DE89 3704 0044 0532 0130 00",
    "de89370400440532013000 is my account",
    "GB82 WEST 1234 5698 7654 32 and thanks",
    "maya@example.org",
    "Mail: Maya.Stone+work@mail.example.co.uk!",
    "maya (at) example (dot) org",
    "+49 171 2345678",
    "+14155550132",
    "(+44) 20 7946 0958",
    "0049 171 2345678",
    "0171/2345678",
    "My number is 020 7946 0958.",
    "06.12.34.56.78",
    "06 12 34 56 78",
    "(415) 555-0132",
    "415-555-0132",
    "1-800-555-0132",
    "Call me: 9876543210",
    "text me at 98765 43210",
    "+49 171 2345678",
]
HERE = [
    "",
    "👋",
    DECLINED,
    "We can keep everything here.",
    "It costs 1,000,000.50 in all",
    "1.000.000,50 €, or 1 000 000",
    "Between $1,200 and $1,500 for 250 000 words",
    "Due on 04.12.2026, 18:00",
    "From 2026-12-04 09:30 to 2026-12-05 17:45:30",
    "4 Dec 2026 1000 copies, December 24, 2026 2000 more",
    "At 09:00, 12:30 and 15:45 tomorrow",
    "03/04/2026 or 04/05/26",
    "Order 0123456789",
    "Invoice no. 20261130-0042",
    "See #415-555-0132 of the tracker",
    "ISBN 978-3-16-148410-0",
    "6a1f0c2b9d3e4f5a6b7c8d9e",
    "12345678901234567890",
    "4,294,967,296 rows and 192.168.100.200",
    "3.14159265358979",
    "Version 10.15.7 of 2024",
    "1920 x 1080 px, 300 dpi, 210 x 297 mm",
    "logo@2x.png and icons@3x.png",
    "git@example.org:maya/site.git",
    "5 pieces @ 12.50 each",
    "A call at 10 with 3 people",
    "https://example.org/blog/2026/12/04",
    "DE89 3704 0044 0532 0130 01",
    "mp30 with 3 or 4 pages and a cover",
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_way_past_the_site_is_known(text: str) -> None:
    assert speaks_of_paying_elsewhere(text)


@pytest.mark.parametrize("text", HERE)
def test_prices_dates_and_numbers_of_orders_are_none(text: str) -> None:
    assert not speaks_of_paying_elsewhere(text)


@pytest.mark.parametrize(
    "piece",
    ["a", "1", "1 ", "+1", "a.", "a@", "a@b.", "de89 ", "(", "0-", "order 1", "call ", "1.1.", "a (at) "],
)
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    speaks_of_paying_elsewhere(piece * (5_000 // len(piece)))
    assert time.process_time() - began < 0.5


def lines_for(reader: Client, talk: str) -> list[str]:
    """The words of the messages under which a reader has the line."""
    page = reader.page(f"/messages/{talk}")
    return [
        said.query(".rich")[0].to_text().strip()
        for said in page.all("#entries .said")
        if any(LINE in each.to_text() for each in said.query(".elsewhere"))
    ]


def test_the_reader_has_one_line_until_an_order_is_paid(server: Server, alice: Person, bob: Person) -> None:
    order = hired(alice, bob)
    talk = open_talk(bob, alice, gigId=order["gigId"])
    for text in ("Write me on WhatsApp", "Or here"):
        say(bob, talk, text)
    assert lines_for(alice, talk) == ["Write me on WhatsApp"]
    assert lines_for(bob, talk) == []  # its writer has none
    assert LINE in alice.fragment("GET", f"/messages/{talk}/after?seq=0").text
    assert LINE in alice.page(f"/orders/{order['id']}").text
    pay(server, alice, order)
    assert lines_for(alice, talk) == []


def test_nothing_is_stopped_masked_or_counted(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    place_bid(bob, job)
    talk = open_talk(bob, alice, gigId=job["id"])
    said = [DECLINED, "My number is +49 171 2345678"]
    sent = [say(bob, talk, text) for text in said]
    got = heard(alice, talk)
    assert [each["text"] for each in got] == said
    assert got == heard(bob, talk)
    assert all(each.keys() == sent[0].keys() for each in got)  # the API says nothing of it
    assert lines_for(alice, talk) == said[1:]
