"""The choices of notifications in groups, and the hours of letters, on their page without script."""

from tests.notifications.test_choices import CHOICES, FOR_ADMINS, NO_LETTER, OFF, sent, ticked, ways
from tests.support.client import Person

MONEY = {"payment_returned", "payment_reversed", "refund_failed", "payout_failed"}


def test_a_box_of_a_group_needs_no_script(alice: Person) -> None:
    """It counts if it is not as the page showed it; otherwise the boxes of its events do."""
    page = alice.page("/settings/notifications")
    was_all = [
        element.attrs["value"] or "" for element in page.all("#choices input[type=hidden][name=was_all]")
    ]
    assert "app:money" in was_all
    everything = sorted(ticked(page))
    rest = [each for each in was_all if each != "app:money"]

    off = sent(page, app=everything, all=rest, was_all=was_all)
    assert ticked(off) == set(everything) - MONEY
    on = sent(off, app=sorted(ticked(off)), all=was_all, was_all=rest)
    assert ticked(on) == set(everything)
    some = [each for each in everything if each != "payout_failed"]
    assert ticked(sent(on, app=some, all=was_all, was_all=was_all)) == set(some)


def test_all_letters_of_a_group_or_of_every_group_need_no_script(alice: Person) -> None:
    """One select does it, but for an event whose own way was changed in the same form."""
    page = alice.page("/settings/notifications")
    before = ways(page)
    own = [f"{event}:{way}" for event, way in before.items() if event != "payout_failed"]
    daily = sent(page, email=[*own, "payout_failed:never"], email_all=["", "money:daily", ""])
    assert {event: way for event, way in ways(daily).items() if event in MONEY} == {
        **dict.fromkeys(MONEY, "daily"),
        "payout_failed": "never",
    }
    assert ways(daily)["hired"] == "now"
    none = sent(daily, email_all=["every:never", "money:now", "jobs:nonsense"])
    assert {event for event, way in ways(none).items() if way != "never"} == MONEY
    assert sent(none, email_all=["every:never"]).status == 200
    chosen = alice.get(CHOICES).json()["choices"]
    assert {event for event, choice in chosen.items() if choice["email"]} == FOR_ADMINS - NO_LETTER


def test_the_hours_are_said_in_the_zone_of_the_person(alice: Person) -> None:
    page = alice.page("/settings/notifications")
    assert "these are hours of UTC until you choose a time zone" in page.text
    assert alice.page("/settings/account").submit("#zone-form form", time_zone="Asia/Kathmandu").status == 200
    page = alice.page("/settings/notifications")
    assert "where you are (Kathmandu)" in page.text
    saved = sent(page, has_quiet=["y"], quiet_from=["23"], quiet_to=["6"], digest_at=["18"])
    values = saved.values("#choices")
    assert (values["quiet_from"], values["quiet_to"], values["digest_at"]) == ("23", "6", "18")
    chosen = alice.get(CHOICES).json()
    assert {name: chosen[name] for name in ("quiet", "digestAt", "timeZone")} == {
        "quiet": {"from": 23, "to": 6},
        "digestAt": 18,
        "timeZone": "Asia/Kathmandu",
    }
    sent(saved)
    assert alice.get(CHOICES).json()["quiet"] is None


def test_quiet_hours_from_an_hour_until_the_same_one_are_refused(alice: Person) -> None:
    """At their field, and everything that was chosen stays on the page."""
    page = alice.page("/settings/notifications")
    wrong = sent(
        page, app=["hired"], email=["hired:daily"], has_quiet=["y"], quiet_from=["9"], quiet_to=["9"]
    )
    assert (wrong.status, wrong.texts("#quiet_to-error")) == (400, ["Choose two different hours."])
    assert (ticked(wrong), ways(wrong)["hired"]) == ({"hired"}, "daily")
    assert wrong.values("#choices")["quiet_from"] == "9"
    stored = alice.get(CHOICES).json()
    assert (stored["quiet"], stored["choices"]["hired"]["daily"]) == (None, False)
    for field in ("quiet_from", "digest_at"):
        assert sent(page, **{field: ["24"]}).status == 400


def test_programs_choose_hours(alice: Person) -> None:
    """What is left out stays; null ends quiet hours."""
    put = alice.put(CHOICES, {"quiet": {"from": 22, "to": 7}, "digestAt": 0}).json()
    assert (put["quiet"], put["digestAt"]) == ({"from": 22, "to": 7}, 0)
    put = alice.put(CHOICES, {"choices": {"hired": OFF}}).json()
    assert (put["quiet"], put["digestAt"], put["choices"]["hired"]) == ({"from": 22, "to": 7}, 0, OFF)
    assert alice.put(CHOICES, {"digestAt": None}).json()["digestAt"] == 0
    assert alice.put(CHOICES, {"quiet": None}).json()["quiet"] is None
    for wrong in (
        {"from": 7, "to": 7},
        {"from": 7},
        {"from": -1, "to": 3},
        {"from": True, "to": 3},
        [22, 7],
        "22-7",
        5,
    ):
        answer = alice.put(CHOICES, {"quiet": wrong})
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"quiet"}), wrong
    for wrong in (24, -1, "8am", 7.5, True):
        answer = alice.put(CHOICES, {"digestAt": wrong})
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"digestAt"}), wrong
