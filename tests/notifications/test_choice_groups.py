"""The choices of notifications in groups, on their page without script."""

from tests.notifications.test_choices import sent, ticked
from tests.support.client import Person


def test_a_box_of_a_group_needs_no_script(alice: Person) -> None:
    """It counts if it is not as the page showed it; otherwise the boxes of its events do."""
    page = alice.page("/settings/notifications")
    money = {"payment_returned", "payment_reversed", "refund_failed", "payout_failed"}
    was_all = [
        element.attrs["value"] or "" for element in page.all("#choices input[type=hidden][name=was_all]")
    ]
    assert "email:money" in was_all
    assert "email:jobs" not in was_all  # withdrawn bids are off unless somebody wants them
    everything = {"app": sorted(ticked(page, "app")), "email": sorted(ticked(page, "email"))}
    rest = [each for each in was_all if each != "email:money"]

    off = sent(page, **everything, all=rest, was_all=was_all)
    assert ticked(off, "email") == set(everything["email"]) - money
    assert ticked(off, "app") == set(everything["app"])
    on = sent(off, app=everything["app"], email=sorted(ticked(off, "email")), all=was_all, was_all=rest)
    assert ticked(on, "email") == set(everything["email"])
    some = [each for each in everything["email"] if each != "payout_failed"]
    assert ticked(sent(on, app=everything["app"], email=some, all=was_all, was_all=was_all), "email") == set(
        some
    )
