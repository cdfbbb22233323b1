"""The pages of requests and of offers for them, without JavaScript."""

from tests.files.test_files_of_jobs import fetched
from tests.offers.steps import read
from tests.requests.steps import REQUEST, accept, ask_for, assign, day, do, reject, seen
from tests.support.client import Person
from tests.support.talk import open_talk, say

FORM = {
    "title": REQUEST["title"],
    "description": REQUEST["description"],
    "budget": "500",
    "category": REQUEST["category"],
    "skills": "illustration, logos",
}


def test_a_request_is_sent_by_a_form(alice: Person, root: Person) -> None:
    page = alice.page("/requests/new")
    assert "Freelancers never see your budget" in page.text
    file = ("plan.txt", b"A plan.")
    sent = page.submit("#request-form", attach=[file], **FORM, due_on=day(20))
    assert (sent.status, sent.texts("h1")) == (200, [REQUEST["title"]])
    assert "GigFlow has to review it by" in sent.texts("#request .turn")[0]
    assert "plan.txt" in sent.text
    assert REQUEST["title"] in alice.page("/hiring").text


def test_what_is_wrong_comes_back_with_all_that_was_typed(alice: Person) -> None:
    typed = {**FORM, "budget": "many"}
    back = alice.page("/requests/new").submit("#request-form", **typed, due_on="2020-01-01")
    values = back.values("#request-form")
    assert (back.status, values["title"], values["budget"], values["due_on"]) == (
        400, FORM["title"], "many", "2020-01-01",
    )  # fmt: skip


def test_the_suggested_budget_is_one_button(alice: Person, root: Person) -> None:
    sent = ask_for(alice)
    reject(root, sent, "Too little for that.", suggestedBudget=700)
    page = alice.page(f"/requests/{sent['id']}")
    assert "Too little for that." in page.text
    assert "Raise to $700 and send again" in page.text
    raised = page.submit("form[action$='/raise']")
    assert "GigFlow has to review it by" in raised.texts("#request .turn")[0]
    assert seen(alice, sent)["budget"] == 700


def test_what_came_back_is_changed_and_sent_again_in_one_step(alice: Person, root: Person) -> None:
    sent = ask_for(alice)
    reject(root, sent, "Say how large it is.")
    page = alice.page(f"/requests/{sent['id']}/edit")
    assert "Say how large it is." in page.text
    page.submit("#request-form", description="20 × 20 mm.")
    now = seen(alice, sent)
    assert (now["status"], now["description"]) == ("pending", "20 × 20 mm.")
    assert "Drafts to finish" not in alice.page("/").text


def test_what_came_back_waits_for_its_client(alice: Person, root: Person) -> None:
    sent = ask_for(alice)
    reject(root, sent)
    (item,) = alice.get("/api/turn").json()["groups"][0]["items"]
    assert (item["kind"], item["id"]) == ("change_request", sent["id"])
    assert "It is back with you." in alice.page("/").text


def test_a_second_window_is_told_and_keeps_what_was_typed(alice: Person) -> None:
    sent = ask_for(alice)
    page = alice.page(f"/requests/{sent['id']}/edit")
    alice.patch(f"/api/requests/{sent['id']}", {"budget": 600})
    back = page.submit("#request-form", title="Another title")
    assert (back.status, back.values("#request-form")["title"]) == (409, "Another title")
    assert "Save again to replace that" in back.text
    back.submit("#request-form")
    assert seen(alice, sent)["title"] == "Another title"


def test_taking_back_cancelling_and_opening_up_ask_first(alice: Person, bob: Person, root: Person) -> None:
    sent = ask_for(alice)
    assign(root, sent, bob)
    asked = alice.page(f"/requests/{sent['id']}/take-back")
    assert "One freelancer has an open offer." in asked.text
    assert "With us" in asked.submit("#ask form").text
    job = alice.page(f"/requests/{sent['id']}/open-up").submit("#ask form", budget="450")
    assert (job.texts("h1"), "$450" in job.text) == ([REQUEST["title"]], True)
    again = alice.page(f"/requests/{sent['id']}")
    assert "Open the job" in again.text
    form = alice.page(again.link("Ask again"))
    assert form.values("#request-form")["title"] == REQUEST["title"]
    other = ask_for(alice)
    gone = alice.page(f"/requests/{other['id']}/cancel").submit("#ask form")
    assert "It was cancelled." in gone.text


def test_a_question_about_what_is_over_says_how_it_is_now(alice: Person) -> None:
    sent = ask_for(alice)
    asked = alice.page(f"/requests/{sent['id']}/cancel")
    assert do(alice, sent, "cancel").ok
    over = alice.page(f"/requests/{sent['id']}/take-back")
    assert (over.all("#ask button"), "It was cancelled." in over.text) == ([], True)
    assert asked.submit("#ask form").status == 200


def test_a_freelancer_accepts_on_the_page_of_the_offer(alice: Person, bob: Person, root: Person) -> None:
    sent = ask_for(alice, dueOn=day(20))
    (offer,) = assign(root, sent, bob, price=450, note="She likes plain shapes.")
    page = bob.page(f"/offers/{offer['id']}")
    assert "From GigFlow, for" in page.text
    assert "She likes plain shapes." in page.text
    assert "$405" in page.text
    assert "Propose other terms" not in page.text
    assert "GigFlow offers you this work for" in bob.page("/").text
    order = bob.page(f"/offers/{offer['id']}/accept").submit("#ask form")
    assert order.path.startswith("/orders/")
    assert "Open the order" in alice.page(f"/requests/{sent['id']}").text


def test_a_freelancer_declines_and_names_a_price(alice: Person, bob: Person, root: Person) -> None:
    sent = ask_for(alice)
    (offer,) = assign(root, sent, bob)
    asked = bob.page(f"/offers/{offer['id']}/decline")
    assert "does not read this" in asked.text
    asked.submit("#ask form", reason="No time.", price="600")
    told = root.get(f"/api/admin/requests/{sent['id']}").json()["offers"][0]
    assert (told["reason"], told["wantedPrice"]) == ("No time.", 600)
    assert read(bob, offer)["description"] == ""


def test_a_client_who_opens_the_accepted_offer_comes_to_the_request(
    alice: Person, bob: Person, root: Person
) -> None:
    sent = ask_for(alice)
    (offer,) = assign(root, sent, bob)
    accept(bob, offer)
    for person in (alice, root):
        assert person.page(f"/offers/{offer['id']}").path == f"/requests/{sent['id']}"


def test_the_asked_freelancer_and_the_admin_can_write(alice: Person, bob: Person, root: Person) -> None:
    sent = ask_for(alice)
    (offer,) = assign(root, sent, bob)
    assert root.id in bob.get(f"/offers/{offer['id']}").text
    talk = open_talk(bob, root)
    say(bob, talk, "Is there a sketch?")
    say(root, talk, "Not yet.")


def test_files_can_be_sent_with_a_change(alice: Person, charlie: Person) -> None:
    sent = ask_for(alice)
    page = alice.page(f"/requests/{sent['id']}/edit")
    page.submit("#request-form", attach=[("plan.txt", b"A plan.")])
    (file,) = seen(alice, sent)["files"]
    assert fetched(file, alice, charlie) == [200, 404]
