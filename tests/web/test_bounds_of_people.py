"""Whatever one person repeats has an end: so often, or so many at a time (docs/decisions/0028)."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests
from bson import ObjectId

from tests.conftest import Join
from tests.support.client import Client, Json, Person
from tests.support.market import JOB, SERVICE, code_of, hire, offer_service, place_bid, post_job
from tests.support.money import buy, hired, try_to
from tests.support.races import at_once
from tests.support.server import Server

NOBODY = str(ObjectId())
HOUR = 3_600
BOUNDED = ("GIGS", "EDITS", "WITHDRAWALS", "HIRES", "PURCHASES", "CANCELLATIONS", "PAYOUTS", "SIGN_INS")

# What is refused counts, too: so that nothing has to be there.
REFUSED: dict[str, Callable[[Client], requests.Response]] = {
    "gigs": lambda person: person.post("/api/gigs", {}),
    "edits of gigs": lambda person: person.patch(f"/api/gigs/{NOBODY}", JOB),
    "edits of bids": lambda person: person.patch(f"/api/bids/{NOBODY}", {"price": 1}),
    "edits of pictures": lambda person: person.put(f"/api/gigs/{NOBODY}/images", {"images": []}),
    "states of services": lambda person: person.post(f"/api/gigs/{NOBODY}/pause"),
    "withdrawals": lambda person: person.patch(f"/api/bids/{NOBODY}/withdraw"),
    "hires": lambda person: person.patch(f"/api/bids/{NOBODY}/hire"),
    "purchases": lambda person: person.post("/api/payment/checkout", {"gigId": NOBODY}),
    "cancellations": lambda person: person.post(f"/api/orders/{NOBODY}/cancel", {}),
    "cancellations taken back": lambda person: person.delete(f"/api/orders/{NOBODY}/cancel"),
    "payouts": lambda person: person.post("/api/payment/payouts", {"amount": 999_999}),
}


@pytest.fixture(scope="module")
def narrow(start_server: Callable[..., Server]) -> Server:
    """Each of these twice an hour."""
    often = {f"LIMIT_{name}": "2/hour" for name in BOUNDED}
    return start_server(RATE_LIMITS="on", LIMIT_VIEWS="2/day", **often)


@pytest.fixture(scope="module")
def small(start_server: Callable[..., Server]) -> Server:
    """Two processes, in which one person may have few things at a time."""
    many = ("OPEN_JOBS", "SERVICES", "UNPAID_ORDERS", "BIDS_PER_JOB")
    few = {f"LIMIT_{name}": "2" for name in many}
    return start_server(RATE_LIMITS="on", WEB_PROCESSES="2", LIMIT_DEVICES="3", **few)


@pytest.mark.parametrize("what", REFUSED)
def test_each_act_is_counted_by_its_person(what: str, narrow: Server, join: Join) -> None:
    nina, other = join("Nina", at=narrow), join("Other", at=narrow)
    act = REFUSED[what]
    assert 429 not in [act(nina).status_code for _ in range(2)]
    refused = act(nina)
    assert (refused.status_code, code_of(refused)) == (429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= HOUR + 1
    assert act(other).status_code != 429


def test_sign_ins_that_work_are_counted(narrow: Server, join: Join) -> None:
    nina = join("Nina", at=narrow)
    tabs = [Client(narrow.url) for _ in range(3)]
    answers = [tab.post("/api/auth/login", nina.credentials).status_code for tab in tabs]
    assert answers == [200, 200, 429]
    form = tabs[2].page("/login").submit("#login-form", **nina.credentials)
    assert (form.status, "Try again in" in form.text) == (429, True)


def test_of_many_devices_those_seen_last_longest_ago_end(small: Server, join: Join) -> None:
    nina = join("Nina", at=small)
    tabs = [Client(small.url) for _ in range(5)]
    answers = at_once([partial(tab.post, "/api/auth/login", nina.credentials) for tab in tabs])
    assert [each.status_code for each in answers] == [200] * 5
    newest = Client(small.url)
    assert newest.post("/api/auth/login", nina.credentials).status_code == 200
    assert newest.get("/api/auth/sessions").json()["count"] == 3
    signed_in = [each.get("/api/auth/me").status_code for each in (nina, *tabs)]
    assert (signed_in[0], Counter(signed_in)) == (401, {401: 4, 200: 2})


def sent(page: Any, form: str, **typed: str) -> None:
    """A form that comes too often is shown again with what was typed, and says when to send it again."""
    refused = page.submit(form, **typed)
    assert refused.status == 429, refused.text
    assert "Try again in" in refused.text
    assert int(refused.response.headers["Retry-After"]) > 0
    assert refused.values(form).items() >= typed.items()


def test_forms_keep_what_was_typed(narrow: Server, join: Join) -> None:
    nina, bob = join("Nina", at=narrow), join("Bob", at=narrow)
    job, service = post_job(nina), offer_service(bob)
    post_job(nina)
    sent(nina.page("/gigs/new"), "#gig-form", title="A third job", budget="70")
    offer_service(bob)
    sent(bob.page("/gigs/new?kind=service"), "#service-form", title="A third service")
    place_bid(bob, job)
    for _ in range(2):
        assert nina.patch(f"/api/gigs/{job['id']}", {}).status_code == 200
        assert bob.patch(f"/api/gigs/{service['id']}", {}).status_code == 200
    sent(nina.page(f"/gigs/{job['id']}/edit"), "#gig-form", title="Another title")
    sent(bob.page(f"/gigs/{service['id']}/edit"), "#service-form", title="Another title")


def test_dialogs_say_that_it_was_too_often(narrow: Server, join: Join) -> None:
    nina, bob = join("Nina", at=narrow), join("Bob", at=narrow)
    bid = place_bid(bob, post_job(nina))
    for act in ("hires", "purchases", "cancellations", "payouts", "withdrawals"):
        for _ in range(2):
            REFUSED[act](nina)
            REFUSED[act](bob)
    service = offer_service(bob)
    for path in (f"/bids/{bid['id']}/hire", f"/gigs/{service['id']}/buy"):
        refused = nina.page(path).submit("#ask form")
        assert (refused.status, "Try again in" in refused.text) == (429, True), path
    refused = bob.page(f"/bids/{bid['id']}/withdraw").submit("#ask form")
    assert (refused.status, "Try again in" in refused.text) == (429, True)
    assert narrow.db.orders.count_documents({"client_id": ObjectId(nina.id)}) == 0
    assert narrow.db.bids.count_documents({"_id": ObjectId(bid["id"]), "status": "pending"}) == 1


def test_views_count_so_often_from_one_address(narrow: Server, join: Join) -> None:
    """Whatever its browsers call themselves."""
    service = offer_service(join("Bob", at=narrow))
    for number in range(5):
        visitor = Client(narrow.url, **{"User-Agent": f"Browser {number}"})
        assert visitor.get(f"/gigs/{service['id']}").status_code == 200
        visitor.close()
    assert narrow.db.gig_looks.count_documents({"_id": {"$regex": f"^{service['id']}-"}}) == 2


def test_open_jobs_have_an_end_that_names_one_to_close(small: Server, join: Join) -> None:
    nina = join("Nina", at=small)
    first = post_job(nina)
    answers = at_once([partial(nina.twin().post, "/api/gigs", JOB) for _ in range(6)])
    assert sorted(each.status_code for each in answers) == [201] + [409] * 5
    refused = nina.post("/api/gigs", JOB)
    assert code_of(refused) == "too_many_open_jobs"
    assert "such as “" in refused.json()["message"]
    page = nina.page("/gigs/new").submit(
        "#gig-form", title="One more", description="Words that took long.", budget="5"
    )
    assert page.status == 409
    assert page.values("#gig-form")["description"] == "Words that took long."
    assert nina.delete(f"/api/gigs/{first['id']}").status_code == 200
    post_job(nina)
    offer_service(nina)  # which is no job


def test_services_have_an_end_that_names_one_to_archive(small: Server, join: Join) -> None:
    nina = join("Nina", at=small)
    first = offer_service(nina, draft=True)
    body = {**SERVICE, "kind": "service"}
    answers = at_once([partial(nina.twin().post, "/api/gigs", body) for _ in range(6)])
    assert sorted(each.status_code for each in answers) == [201] + [409] * 5
    refused = nina.post("/api/gigs", {**body, "draft": True})
    assert code_of(refused) == "too_many_services"
    assert "such as “" in refused.json()["message"]
    assert nina.delete(f"/api/gigs/{first['id']}").status_code == 200
    offer_service(nina)


def test_unpaid_orders_have_an_end_that_names_one_to_pay(small: Server, join: Join) -> None:
    nina, owners = join("Nina", at=small), [join("Owner", at=small) for _ in range(4)]
    first = buy(nina, offer_service(owners[0])).json()["order"]
    services = [offer_service(owner) for owner in owners[1:] for _ in range(2)]
    answers = at_once([partial(buy, nina.twin(), service) for service in services])
    assert Counter(each.status_code for each in answers) == {201: 1, 409: 5}
    refused = next(each for each in answers if each.status_code == 409)
    assert code_of(refused) == "too_many_unpaid_orders"
    assert "such as “" in refused.json()["message"]
    # What was ordered already is answered again; a hire is no purchase; what is called off makes room.
    assert nina.post("/api/payment/checkout", {"gigId": first["source"]["id"]}).status_code == 201
    hired(nina, owners[0])
    assert try_to(nina, first, "cancel").status_code == 200
    assert sum(buy(nina, service).status_code == 201 for service in services) == 2


def test_bids_of_one_person_on_one_job_have_an_end(small: Server, join: Join) -> None:
    alice, bob, other = (join(name, at=small) for name in ("Alice", "Bob", "Other"))
    job = post_job(alice)
    for _ in range(2):
        bid = place_bid(bob, job)
        assert bob.patch(f"/api/bids/{bid['id']}/withdraw").status_code == 200
    refused = bob.post("/api/bids", {"gigId": job["id"], "price": 5, "message": "Again."})
    assert (refused.status_code, code_of(refused)) == (409, "too_many_bids")
    page = bob.page(f"/gigs/{job['id']}").submit("#bid-form", price="5", message="Written with care.")
    assert (page.status, page.values("#bid-form")["message"]) == (409, "Written with care.")
    assert hire(alice, place_bid(other, job)).status_code == 200
    place_bid(bob, post_job(alice))


@pytest.fixture(scope="module")
def few(start_server: Callable[..., Server]) -> Server:
    """Where one person may change little."""
    return start_server(RATE_LIMITS="on", LIMIT_CHANGES="2/hour")


def test_whatever_may_change_something_is_counted(few: Server, join: Join) -> None:
    nina, other = join("Nina", at=few), join("Other", at=few)
    form = nina.page("/settings/profile")
    for _ in range(2):
        assert nina.put("/api/notifications/choices", {}).status_code == 200
    refused = nina.post("/api/notifications/read", {})
    assert (refused.status_code, code_of(refused)) == (429, "too_many_requests")
    # A page keeps what was typed, to be sent again; reading goes on, and so does what keeps the account safe.
    page = form.submit("#profile-form", headline="Typed with care")
    assert page.status == 429
    assert page.values("form[method=post].stack")["headline"] == "Typed with care"
    assert nina.get("/api/auth/me").status_code == 200
    assert nina.delete("/api/auth/sessions").status_code == 200
    assert other.put("/api/notifications/choices", {}).status_code == 200
    assert nina.post("/api/auth/logout").status_code == 200


def test_without_limits_nothing_is_counted(server: Server, join: Join) -> None:
    """`RATE_LIMITS=off`, for load tests."""
    nina: Person = join("Nina")
    jobs: list[Json] = [post_job(nina) for _ in range(4)]
    assert [REFUSED[name](nina).status_code for name in REFUSED for _ in range(3)].count(429) == 0
    assert len(jobs) == 4


def test_one_gig_teaches_so_many_words(server: Server, join: Join) -> None:
    """However short they are; what people write is found by all of its words."""
    nina = join("Nina")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789αβγδεζηθικλμν"
    skills = [" ".join(f"{letter}{number}" for letter in letters[:10]) for number in range(15)]
    gig = post_job(
        nina, title=" ".join(letters), skills=skills, description=" ".join(f"t{n}" for n in range(500))
    )
    stored = server.db.gigs.find_one({"_id": ObjectId(gig["id"])})
    assert stored is not None
    assert (len(stored["title_words"]), len(stored["words"])) == (40, 40 + 60 + 20 + 15)
