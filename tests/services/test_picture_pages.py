"""The pictures of a service on the page where it is edited, with JavaScript off: one form holds them and the terms."""

from tests.conftest import shared
from tests.profiles.sending import send
from tests.support.client import Client, Json, Page, Person
from tests.support.images import picture
from tests.support.invariants import Db, check_services
from tests.support.market import add_image, offer_service

alice = shared("Alice Owner")

FORM = "#service-form"


def press(page: Page, action: str, picture: bytes | None = None, **typed: str) -> Page:
    """Press one of the buttons of the page, which send all that is on it."""
    page.one(FORM).attrs["action"] = action
    return send(page, FORM, picture=picture, **typed)


def test_pictures_without_script(alice: Person, visitor: Client, db: Db) -> None:
    service = offer_service(alice)
    base = f"/gigs/{service['id']}"
    edit, add, button = f"{base}/edit", f"{base}/images", f"button[formaction='{base}/images']"
    refused = press(alice.page(edit), add, b"<svg/>", alt="x")
    assert (refused.status, refused.errors(FORM).keys()) == (400, {"picture"})
    assert refused.link(f"The new picture: {refused.errors(FORM)['picture']}") == "#images"
    nothing = press(refused, add)
    assert nothing.errors(FORM) == {"picture": "Choose a picture."}
    page = nothing
    for number in range(5):
        page = press(page, add, picture(60, 40), alt=f"Street {number}")
        assert (page.status, page.path.partition("#")[0]) == (200, edit)
    assert not page.all(button)  # that is all that fits
    images = alice.get(f"/api{base}").json()["images"]
    first, second, third = (f"{base}/images/{image['id']}" for image in images[:3])
    assert not page.all(f"button[formaction='{first}/up']")
    for action in (f"{third}/up", f"{third}/up", f"{first}/down", f"{second}/remove"):
        values = page.values(FORM)
        answer = alice.post(action, data=values)
        assert answer.status_code == 303, action
        page = alice.page(edit)
    alts = {f"alt-{image['id']}": f"  {image['alt']}!  " for image in images if image["alt"] != "Street 1"}
    done = press_save(page, alts)
    assert done.path == base
    shown = alice.get(f"/api{base}").json()["images"]
    assert [image["alt"] for image in shown] == ["Street 2!", "Street 0!", "Street 3!", "Street 4!"]
    assert alice.page(edit).all(button)
    gallery = visitor.page(base).all(".slides img")
    assert [image.attrs["alt"] for image in gallery] == [image["alt"] for image in shown]
    check_services(db, service["id"])


def press_save(page: Page, typed: dict[str, str]) -> Page:
    """Save all that is on the page."""
    return send(page, FORM, **typed)


def test_what_is_typed_elsewhere_on_the_page_is_kept(alice: Person) -> None:
    """A picture is added or moved: the terms and descriptions that are not saved yet are still in their fields."""
    service = add_image(alice, offer_service(alice, title="Old"), alt="A street")
    service = add_image(alice, service, alt="A square")
    base = f"/gigs/{service['id']}"
    one, two = (image["id"] for image in service["images"])
    typed = {"title": "New", "price": "75", f"alt-{one}": "A lane"}
    page = press(alice.page(f"{base}/edit"), f"{base}/images/{two}/up", **typed)
    assert page.status == 200
    assert typed.items() <= page.values(FORM).items()
    page = press(page, f"{base}/images", picture(60, 40), alt="A bridge")
    assert typed.items() <= page.values(FORM).items()
    stored_now = alice.get(f"/api{base}").json()
    assert (stored_now["title"], [image["alt"] for image in stored_now["images"]]) == (
        "Old",
        ["A square", "A street", "A bridge"],
    )
    done = send(page, FORM, picture=picture(40, 40), alt="A door")
    assert done.path == base
    saved = alice.get(f"/api{base}").json()
    assert (saved["title"], saved["price"]) == ("New", 75)
    assert [image["alt"] for image in saved["images"]] == ["A square", "A lane", "A bridge", "A door"]


def test_saving_with_a_picture_that_is_none_saves_nothing_and_says_so_at_the_top(alice: Person) -> None:
    service = offer_service(alice, title="Old")
    page = send(alice.page(f"/gigs/{service['id']}/edit"), FORM, picture=b"<svg/>", title="New")
    assert (page.status, page.values(FORM)["title"]) == (400, "New")
    assert page.all(f"{FORM} > .alert a[href='#images']")
    assert alice.get(f"/api/gigs/{service['id']}").json()["title"] == "Old"


def test_a_picture_that_came_with_refused_terms_is_said(alice: Person) -> None:
    """It is kept, because a browser does not send it a second time."""
    service = offer_service(alice)
    page = send(
        alice.page(f"/gigs/{service['id']}/edit"), FORM, picture=picture(60, 40), title="", alt="A lane"
    )
    assert (page.status, saved_alts(alice, service)) == (400, ["A lane"])
    assert page.texts(f"{FORM} > [role=status]") == [
        "The new picture is added. Your other changes are not saved yet."
    ]
    assert page.values(FORM)["alt"] == ""
    again = send(page, FORM, title="")
    assert not again.all(f"{FORM} > [role=status]")


def test_a_refused_word_for_a_picture_is_said(alice: Person) -> None:
    service = add_image(alice, offer_service(alice), alt="Old")
    alt = f"alt-{service['images'][0]['id']}"
    page = send(alice.page(f"/gigs/{service['id']}/edit"), FORM, **{alt: "x" * 201}, title="New")
    assert page.status == 400
    assert "Picture 1: At most 200 characters." in page.text
    assert page.values(FORM)[alt] == "x" * 201
    saved = alice.get(f"/api/gigs/{service['id']}").json()
    assert (saved["images"][0]["alt"], saved["title"]) == ("Old", service["title"])
    sent = {**alice.page(f"/gigs/{service['id']}/edit").values(FORM), alt: "a\x00b"}
    as_it_came = {
        "response": [lambda answer, **_: answer]
    }  # no browser sends that, so its page is not looked at
    no_text = alice.post(f"/gigs/{service['id']}", data=sent, hooks=as_it_came)
    assert (no_text.status_code, saved_alts(alice, service)) == (400, ["Old"])
    assert send(alice.page(f"/gigs/{service['id']}/edit"), FORM, **{alt: " a\u202eb "}).status == 200
    assert saved_alts(alice, service) == ["ab"]
    for event in ("up", "down", "remove"):
        data = {"csrf_token": alice.form_token()}
        path = f"/gigs/{service['id']}/images/{'f' * 24}/{event}"
        assert alice.post(path, data=data).status_code == 404


def saved_alts(owner: Person, service: Json) -> list[str]:
    return [image["alt"] for image in owner.get(f"/api/gigs/{service['id']}").json()["images"]]


def test_another_window_described_a_picture(alice: Person) -> None:
    """What stands in a form as it was served is no decision: only what was typed there is saved."""
    service = offer_service(alice)
    for alt in ("A street", "A square"):
        service = add_image(alice, service, alt=alt)
    one, two = (image["id"] for image in service["images"])
    path = f"/gigs/{service['id']}"
    open_form, moving = (alice.page(f"{path}/edit") for _ in range(2))
    send(alice.page(f"{path}/edit"), FORM, **{f"alt-{one}": "A lane", f"alt-{two}": "A bridge"})
    send(open_form, FORM, title="New", **{f"alt-{two}": "A door"})
    assert saved_alts(alice, service) == ["A lane", "A door"]
    moved = press(moving, f"{path}/images/{two}/up", title="Newer")
    assert (moved.values(FORM)[f"alt-{one}"], moved.values(FORM)[f"alt-{two}"]) == ("A lane", "A door")
