"""A mail server, and a GigFlow that posts its letters there."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.mailbox import Mailbox
from tests.support.server import Server


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything, unless a test tells it otherwise."""
    with Mailbox() as running:
        yield running


@pytest.fixture(scope="module")
def posting(start_server: Callable[..., Server], mailbox: Mailbox) -> Server:
    """A server that posts its letters there. One test after another: the newest letter is its own."""
    return start_server(whole=True, SMTP_URL=mailbox.url, MAIL_FROM="no-reply@example.org")
