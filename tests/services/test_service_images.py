"""Pictures of a service: five at most, in an order, each in words (SECURITY 8 and 19)."""

from collections.abc import Callable

import pytest
from bson import ObjectId

from tests.conftest import Join, shared
from tests.services.moderating import row_of
from tests.support.client import Client, Json, Person
from tests.support.failing import slowly
from tests.support.images import picture
from tests.support.invariants import Db, check_services
from tests.support.market import add_image, code_of, offer_service, show_picture
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

FILE = picture(80, 60)


def images_path(service: Json) -> str:
    return f"/api/gigs/{service['id']}/images"


def illustrated(owner: Person, count: int) -> Json:
    """A service with so many pictures."""
    service = offer_service(owner)
    for number in range(count):
        service = add_image(owner, service, alt=f"Street {number}")
    return service


def arrange(owner: Client, service: Json, images: object) -> Json:
    """The service with these pictures."""
    answer = owner.put(images_path(service), {"images": images})
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def addresses(service: Json) -> list[str]:
    return [address for image in service["images"] for address in image["picture"].values()]


def test_a_picture_in_three_sizes(alice: Person, visitor: Client, db: Db) -> None:
    service = add_image(alice, offer_service(alice), picture(1200, 900), alt="  A street\nin ink ")
    (image,) = service["images"]
    assert (image["alt"], service["version"]) == ("A street in ink", 2)
    assert image["picture"].keys() == {"small", "medium", "large"}
    for address in addresses(service):
        assert visitor.get(address).headers["Content-Type"] == "image/webp"
    assert visitor.get(f"/api/gigs/{service['id']}").json() == service
    check_services(db, service["id"])


def test_five_at_most(alice: Person, db: Db) -> None:
    service = illustrated(alice, 5)
    assert [image["alt"] for image in service["images"]] == [f"Street {number}" for number in range(5)]
    answer = alice.post(images_path(service), files={"picture": ("a.png", FILE)})
    assert (answer.status_code, code_of(answer)) == (409, "images_full")
    assert alice.get(f"/api/gigs/{service['id']}").json() == service
    check_services(db, service["id"])


@pytest.mark.parametrize(
    "data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", picture()[:-40], b"GIF89a"]
)
def test_what_is_no_picture_is_refused(data: bytes, alice: Person) -> None:
    """SECURITY 19."""
    service = offer_service(alice)
    answer = alice.post(images_path(service), files={"picture": ("a.png", data)})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"picture"})
    assert alice.get(f"/api/gigs/{service['id']}").json() == service


def test_what_is_said_wrong_about_it(alice: Person) -> None:
    service = offer_service(alice)
    long = alice.post(images_path(service), files={"picture": ("a.png", FILE)}, data={"alt": "x" * 201})
    assert (long.status_code, long.json()["error"]["fields"].keys()) == (400, {"alt"})
    none = alice.post(images_path(service), files={"other": ("a.png", FILE)})
    assert (none.status_code, none.json()["error"]["fields"].keys()) == (400, {"picture"})
    as_json = alice.post(images_path(service), {"picture": "x"})
    assert as_json.status_code == 415
    assert add_image(alice, service, alt="x" * 200)["images"][0]["alt"] == "x" * 200


def test_order_words_and_removal(alice: Person, visitor: Client, db: Db) -> None:
    service = illustrated(alice, 3)
    first, second, third = service["images"]
    turned = arrange(alice, service, [third, {"id": first["id"], "alt": "New"}, {"id": second["id"]}])
    assert [(image["id"], image["alt"]) for image in turned["images"]] == [
        (third["id"], "Street 2"),
        (first["id"], "New"),
        (second["id"], "Street 1"),
    ]
    for emptied in ("", None):
        assert arrange(alice, service, [{**second, "alt": emptied}, first, third])["images"][0]["alt"] == ""
        arrange(alice, service, service["images"])
    assert {image["id"]: image["picture"] for image in turned["images"]} == {
        image["id"]: image["picture"] for image in service["images"]
    }
    fewer = arrange(alice, service, [first])
    assert [image["id"] for image in fewer["images"]] == [first["id"]]
    for image in (second, third):
        for address in image["picture"].values():
            wait_for(lambda a=address: visitor.get(a).status_code == 404)
    assert {visitor.get(address).status_code for address in first["picture"].values()} == {200}
    check_services(db, service["id"])
    assert arrange(alice, service, [])["images"] == []
    assert visitor.get(first["picture"]["small"]).status_code == 404
    check_services(db, service["id"])


def test_only_pictures_of_this_service(alice: Person, bob: Person, db: Db) -> None:
    """Neither somebody else's, nor one's own of another place, nor one that is gone; and each once."""
    service, other, foreign = illustrated(alice, 2), illustrated(alice, 1), illustrated(bob, 1)
    mine = service["images"]
    portrait = show_picture(alice)["small"].split("/")[2]
    gone = service["images"][1]["id"]
    for wrong in (
        [*mine, *other["images"]],
        [*mine, *foreign["images"]],
        [{"id": portrait}],
        [{"id": str(ObjectId())}],
        [mine[0], mine[0]],
    ):
        answer = alice.put(images_path(service), {"images": wrong})
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"images"})
    assert alice.get(f"/api/gigs/{service['id']}").json() == service
    arrange(alice, service, mine[:1])
    answer = alice.put(images_path(service), {"images": [{"id": gone}]})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"images"})
    check_services(db, service["id"], other["id"], foreign["id"])


@pytest.mark.parametrize(
    "images",
    [
        "x", 5, True, {"a": 1}, {"$gt": ""}, ["x"], [5], [None], [[]], [{}], [{"id": 5}], [{"id": "nonsense"}],
        [{"id": None}], [{"id": {"$gt": ""}}], [{"alt": "x"}],
    ],
)  # fmt: skip
def test_what_is_no_list_of_pictures(images: object, alice: Person) -> None:
    """SECURITY 17."""
    service = illustrated(alice, 1)
    answer = alice.put(images_path(service), {"images": images})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"images"})
    assert alice.get(f"/api/gigs/{service['id']}").json() == service


@pytest.mark.parametrize("alt", [5, ["x"], {"$gt": ""}, "x" * 201, True])
def test_what_is_no_text_of_a_picture(alt: object, alice: Person) -> None:
    service = illustrated(alice, 1)
    image = {"id": service["images"][0]["id"], "alt": alt}
    answer = alice.put(images_path(service), {"images": [image]})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"images"})
    assert alice.get(f"/api/gigs/{service['id']}").json() == service


@pytest.mark.parametrize("body", [{}, {"images": None}, {"pictures": []}, None])
def test_nothing_said_removes_nothing(body: Json | None, alice: Person) -> None:
    """An empty list is a decision; no list is none."""
    service = illustrated(alice, 1)
    answer = alice.put(images_path(service), body)
    assert answer.status_code in (200, 400)
    assert alice.get(f"/api/gigs/{service['id']}").json()["images"] == service["images"]


def test_many_at_once_lose_none_and_exceed_never(alice: Person, db: Db) -> None:
    service = offer_service(alice)
    tabs = [alice.twin() for _ in range(8)]
    answers = at_once(
        [
            lambda tab=tab, n=number: tab.post(
                images_path(service), files={"picture": ("a.png", FILE)}, data={"alt": str(n)}
            )
            for number, tab in enumerate(tabs)
        ]
    )
    added = [str(number) for number, answer in enumerate(answers) if answer.status_code == 201]
    assert sorted(answer.status_code for answer in answers) == [*[201] * 5, *[409] * 3]
    kept = alice.get(f"/api/gigs/{service['id']}").json()["images"]
    assert sorted(image["alt"] for image in kept) == added
    check_services(db, service["id"])


def test_an_arrangement_beside_an_addition(alice: Person, db: Db) -> None:
    """One comes first: what was added stays, unless the arrangement was made after it and did not name it."""
    for _ in range(4):
        service = illustrated(alice, 2)
        turned = list(reversed(service["images"]))
        added, arranged = at_once(
            [
                lambda it=service: alice.twin().post(images_path(it), files={"picture": ("a.png", FILE)}),
                lambda it=service, t=turned: alice.twin().put(images_path(it), {"images": t}),
            ]
        )
        assert (added.status_code, arranged.status_code) == (201, 200)
        kept = [image["id"] for image in alice.get(f"/api/gigs/{service['id']}").json()["images"]]
        assert kept[:2] == [image["id"] for image in turned]
        assert len(kept) in (2, 3)
        check_services(db, service["id"])


def test_archiving_lets_the_pictures_go(alice: Person, visitor: Client, db: Db) -> None:
    service = illustrated(alice, 2)
    other = illustrated(alice, 1)
    archived = alice.delete(f"/api/gigs/{service['id']}").json()
    assert (archived["status"], archived["images"]) == ("archived", [])
    for address in addresses(service):
        assert visitor.get(address).status_code == 404
    assert {visitor.get(address).status_code for address in addresses(other)} == {200}
    check_services(db, service["id"], other["id"])


def test_addresses_cannot_be_guessed(alice: Person) -> None:
    """They are all that protects what a draft shows: nothing in them is of a machine, a process or a counter."""
    ids = [image["id"] for image in illustrated(alice, 3)["images"]]
    assert len({each[8:18] for each in ids}) == 3


def test_a_picture_that_comes_while_it_is_archived(server: Server, alice: Person, db: Db) -> None:
    """It goes with the others, though it was not there when archiving began."""
    service = illustrated(alice, 1)
    tab = alice.twin()
    with slowly(server, "gigs", "findAndModify") as wait_for_touch:

        def add_then() -> int:
            wait_for_touch()
            return len(add_image(tab, service)["images"])

        archived, count = at_once([lambda: alice.delete(f"/api/gigs/{service['id']}").status_code, add_then])
    assert (archived, count) == (200, 2)
    assert row_of(db, service)["images"] == []
    check_services(db, service["id"])


@pytest.fixture(scope="module")
def strict(start_server: Callable[..., Server]) -> Server:
    return start_server(RATE_LIMITS="strict")


def test_twenty_pictures_an_hour(strict: Server, join: Join) -> None:
    """SECURITY 8: by the API and by pages, together with those of oneself; where one may not, nothing is counted."""
    nina, other = join("Nina", at=strict), join("Other", at=strict)
    service = offer_service(nina)
    token = nina.form_token()
    ways = [
        lambda: nina.post(images_path(service), files={"picture": ("a.png", FILE)}),
        lambda: nina.post(
            f"/gigs/{service['id']}/images", data={"csrf_token": token}, files={"picture": ("a.png", FILE)}
        ),
        lambda: nina.put("/api/users/profile/picture", files={"picture": ("a.png", FILE)}),
    ]
    for number in range(20):
        if number % 3 == 0:
            arrange(nina, service, [])  # words and removals are not counted
        assert ways[number % 3]().status_code in (200, 201, 303), number
    for way in ways:
        refused = way()
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 3500
    for _ in range(21):
        refused = other.post(images_path(service), files={"picture": ("a.png", FILE)})
        assert (refused.status_code, code_of(refused)) == (403, "not_owner")
    show_picture(other)
