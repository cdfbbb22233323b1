"""Forms with files: a file that is gone is said and left out, and one that was unticked can be ticked again."""

from collections.abc import Callable

import pytest

from tests.files.test_files_of_jobs import PLAN, fetched, files_of, ids_of, upload
from tests.orders.test_briefs import FILE, WORDS, answers_to, bought, put_brief, service_that_asks
from tests.support.client import Json, Page, Person
from tests.support.market import place_bid, post_job

GONE = "A file is no longer there. Add it again if you need it."
Made = tuple[str, str, Callable[[list[str]], object], Callable[[], list[str]]]


def names(files: list[Json]) -> list[str]:
    return [each["name"] for each in files]


def with_two_files(kind: str, alice: Person, bob: Person) -> Made:
    """Something of Alice's with the files a.txt and b.txt: the page of its form, the form, how else its files are
    changed, and what they are.
    """
    files = ids_of(upload(alice, "a.txt"), upload(alice, "b.txt"))
    if kind == "job":
        job = post_job(alice, fileIds=files)
        path = f"/api/gigs/{job['id']}"
        return (
            f"/gigs/{job['id']}/edit",
            "#gig-form",
            lambda ids: alice.patch(path, {"fileIds": ids}),
            lambda: names(files_of(job, alice)),
        )
    if kind == "bid":
        bid = place_bid(alice, post_job(bob), fileIds=files)
        return (
            f"/bids/{bid['id']}/edit",
            "#bid-form",
            lambda ids: alice.patch(f"/api/bids/{bid['id']}", {"fileIds": ids}),
            lambda: names(alice.get("/api/bids/mine").json()["bids"][0]["files"]),
        )
    service = service_that_asks(bob, WORDS)
    order = bought(alice, service, answers=answers_to(service, "Blue"), fileIds=files)
    path = f"/api/orders/{order['id']}"
    return (
        f"/orders/{order['id']}/brief",
        "#ask form",
        lambda ids: put_brief(alice, order, answers=answers_to(service, "Blue"), fileIds=ids),
        lambda: names(alice.get(path).json()["terms"]["brief"]["files"]),
    )


def ticks(page: Page) -> dict[str, bool]:
    """The files of a form by their names, and whether they are ticked."""
    return {
        (box.parent.to_text() if box.parent else "").split()[0]: "checked" in box.attrs
        for box in page.all('[type="checkbox"][name="file_ids"], [type="checkbox"][name$="-kept"]')
    }


@pytest.mark.parametrize("kind", ["job", "bid", "brief"])
def test_a_file_that_was_removed_elsewhere_is_said_and_left_out(
    kind: str, alice: Person, bob: Person
) -> None:
    """Everything else stays, and the next save works."""
    path, form, change, found = with_two_files(kind, alice, bob)
    page = alice.page(path)
    assert ticks(page) == {"a.txt": True, "b.txt": True}
    kept = page.all('[name="file_ids"]')[0].attrs["value"] or ""
    change([kept])
    refused = page.submit(form, attach=[PLAN])
    assert refused.status == 409
    assert refused.errors(form) == {"files": GONE}
    assert ticks(refused) == {"a.txt": True, "plan.txt": True}
    saved = refused.submit(form)
    assert saved.status == 200
    assert found() == ["a.txt", "plan.txt"]


@pytest.mark.parametrize("kind", ["job", "bid", "brief"])
def test_a_file_that_was_unticked_can_be_ticked_again(kind: str, alice: Person, bob: Person) -> None:
    path, form, _, found = with_two_files(kind, alice, bob)
    page = alice.page(path)
    first = page.all('[name="file_ids"]')[0].attrs["value"] or ""
    large = [(f"{number}.txt", b"x") for number in range(5)]
    refused = page.submit(form, file_ids=first, attach=large)
    assert refused.status == 400
    assert ticks(refused) == {"a.txt": True, "b.txt": False}
    second = refused.all('[type="checkbox"][name="file_ids"]')[1].attrs["value"] or ""
    assert refused.submit(form, file_ids=second).status == 200
    assert found() == ["b.txt"]


def test_a_required_file_that_was_unticked_can_be_ticked_again(alice: Person, bob: Person) -> None:
    service = service_that_asks(bob, {**FILE, "required": True})
    asked = service["questions"][0]["id"]
    logo = upload(alice, "logo.svg")
    order = bought(alice, service, answers=[{"questionId": asked, "fileId": logo["id"]}])
    kept, page = f"answer-{asked}-kept", alice.page(f"/orders/{order['id']}/brief")
    refused = page.submit("#ask form", **{kept: ""})
    assert refused.errors("#ask form") == {f"answer-{asked}-file": "Add a file."}
    assert ticks(refused) == {"logo.svg": False}
    assert refused.submit("#ask form", **{kept: logo["id"]}).status == 200
    assert fetched(logo, bob) == [200]


def test_an_answer_whose_file_is_gone_is_said_at_its_question(alice: Person, bob: Person) -> None:
    service = service_that_asks(bob, FILE)
    asked = service["questions"][0]["id"]
    order = bought(alice, service, answers=[{"questionId": asked, "fileId": upload(alice)["id"]}])
    page = alice.page(f"/orders/{order['id']}/brief")
    assert put_brief(alice, order, brief="Nothing.", answers=[]).status_code == 200
    refused = page.submit("#ask form", brief="More.")
    assert (refused.status, refused.errors("#ask form")) == (409, {f"answer-{asked}-file": GONE})
    assert refused.values("#ask form")["brief"].strip() == "More."
    assert refused.submit("#ask form").status == 200
