"""A Stripe for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.payments.fake_stripe import FakeStripe


@pytest.fixture(scope="module")
def stripe() -> Iterator[FakeStripe]:
    """One Stripe account for a module; it is on this machine."""
    fake = FakeStripe()
    yield fake
    fake.stop()
