"""Inviting and answering on pages, without JavaScript."""

from urllib.parse import urlencode

from tests.conftest import Join
from tests.invitations.steps import NOTE, ask_to_bid, decline, invite, invited_to, listed, standing
from tests.support.client import Page, Person
from tests.support.market import change_profile, hire, place_bid, post_job, unique_word
from tests.support.money import do
from tests.support.operator import disable
from tests.support.server import Server

FORM = "#invite-form"


def submit_ticked(page: Page, *people: Person, **typed: str) -> Page:
    """Send the form with these boxes ticked: a form may have several values of one name."""
    values = {**page.values(FORM), **typed, "people": [each.id for each in people]}
    action = page.one(FORM).attrs["action"] or ""
    answer = page.client.post(action, data=values, allow_redirects=True)
    return Page(page.client, answer)


def go_on(directory: Page, *people: Person, **more: str) -> Page:
    """Send the search of the list with these ticked as well: by a button of it that says more, or on to inviting."""
    ticked = [each.attrs["value"] for each in directory.all("[name='to'][checked]")]
    asked = {**directory.values("#search"), "to": [*ticked, *(each.id for each in people)], **more}
    return directory.client.page(f"/people{'' if more else '/invite'}?{urlencode(asked, doseq=True)}")


def test_somebody_is_invited_from_their_page(alice: Person, bob: Person) -> None:
    other, job = post_job(alice, title="Another job"), post_job(alice)
    page = alice.page(f"/u/{listed(bob).id}")
    page = alice.page(page.link("Invite to a job"))
    shown = page.submit(FORM, gig=other["id"], note=NOTE)
    assert shown.path.startswith(f"/gigs/{other['id']}")
    assert "Bob Bidder" in " ".join(shown.texts("#invitations"))
    assert NOTE in shown.text
    assert (standing(alice, other), standing(alice, job)) == (["invited"], [])


def test_an_unlisted_stranger_has_no_such_link(alice: Person, bob: Person, charlie: Person) -> None:
    listed(alice)
    assert "Invite to a job" not in alice.page(f"/u/{bob.id}").text
    assert "Invite to a job" not in alice.page(f"/u/{alice.id}").text
    assert "Invite to a job" in charlie.page(f"/u/{alice.id}").text


def test_who_has_no_job_posts_one_and_comes_back(alice: Person, bob: Person) -> None:
    page = alice.page(f"/invite?to={listed(bob).id}")
    page = alice.page(page.link("Post a job first"))
    back = page.submit("#gig-form", title="Landing page", description="One page.", budget="500")
    assert (back.status, back.path.partition("?")[0]) == (200, "/invite")
    assert back.values(FORM)["people"] == bob.id
    back.submit(FORM)
    assert [each["gig"]["title"] for each in invited_to(bob)] == ["Landing page"]


def test_a_job_comes_back_to_no_other_site(alice: Person) -> None:
    page = alice.page("/gigs/new?next=https://example.org/")
    done = alice.post(
        "/gigs",
        data={**page.values("#gig-form"), "title": "T", "description": "D", "budget": "5"},
    )
    assert (done.status_code, done.headers["Location"]) == (303, "/")


def test_several_are_ticked_and_each_reason_stands_at_its_person(
    alice: Person, bob: Person, charlie: Person, join: Join
) -> None:
    job, dora = post_job(alice), listed(join("Dora Newcomer"))
    place_bid(listed(bob), job)
    asked = "&".join(f"to={each.id}" for each in (bob, charlie, dora))
    page = alice.page(f"/invite?gig={job['id']}&{asked}")
    assert page.texts(f"{FORM} bdi") == ["Bob Bidder", "Charlie Stranger", "Dora Newcomer"]
    after = submit_ticked(page, bob, charlie, dora, note=NOTE)
    assert after.status == 200
    assert after.texts(f"#problem-{bob.id}") == ["Bob Bidder has already bid on this job."]
    assert "not listed among freelancers" in after.texts(f"#problem-{charlie.id}")[0]
    assert "1 person is invited to “Landing page”" in after.texts(".alert.good")[0]
    assert after.values(FORM)["note"] == NOTE
    assert standing(alice, job) == ["invited"]
    nobody = submit_ticked(after, bob)
    assert (nobody.status, nobody.texts(".alert.good")) == (409, [])


def test_several_are_ticked_in_the_directory(alice: Person, bob: Person, charlie: Person) -> None:
    """It remembers the job from whose page one came, and nobody can tick themselves."""
    word = unique_word()
    for each in (alice, bob, charlie):
        change_profile(listed(each), headline=word, skills=["Maps"])
    other, job = post_job(alice), post_job(alice, title="Another job")
    directory = alice.page(alice.page(f"/gigs/{other['id']}").link("Invite freelancers"))
    found = directory.submit("#search", q=word)
    boxes = found.all('[form="search"][name="to"]')
    assert {each.attrs["value"] for each in boxes} == {bob.id, charlie.id}
    page = go_on(found, bob, charlie)
    assert page.values(FORM)["gig"] == other["id"]
    submit_ticked(page, bob, charlie)
    assert (standing(alice, other), standing(alice, job)) == (["invited", "invited"], [])


def test_ticks_stay_through_a_search_and_the_next_page(alice: Person, bob: Person, charlie: Person) -> None:
    """Whoever is not in what is shown stands above it, ticked. Nobody can tick themselves by an address."""
    word, job = unique_word(), post_job(alice)
    for each in (bob, charlie):
        change_profile(listed(each), headline=word)
    listing = alice.page(f"/people?q={word}&invite={job['id']}")
    after = go_on(listing, bob, alice, q=unique_word(), sort="name")
    assert after.texts(".ticked-elsewhere") == ["Also ticked Bob Bidder"]
    last = alice.get("/api/freelancers", params={"q": word, "limit": "1", "sort": "name"}).json()
    after = go_on(alice.page(f"/people?q={word}&sort=name&invite={job['id']}"), bob, cursor=last["next"])
    assert after.texts(".freelancer h2") == ["Charlie Stranger"]
    assert after.texts(".ticked-elsewhere") == ["Also ticked Bob Bidder"]
    assert go_on(after, charlie).texts(f"{FORM} bdi") == ["Bob Bidder", "Charlie Stranger"]


def test_nobody_ticked_is_said_beside_the_list(alice: Person, bob: Person) -> None:
    word = unique_word()
    change_profile(listed(bob), headline=word)
    listing = alice.page(f"/people?q={word}")
    assert "hidden" in listing.one("#none-ticked").attrs
    after = go_on(listing)
    assert (after.status, after.texts(".freelancer h2")) == (400, ["Bob Bidder"])
    assert "hidden" not in after.one("#none-ticked").attrs
    assert after.texts("#none-ticked") == ["Tick the freelancers whom you want to invite."]


def test_nothing_typed_is_lost_if_nobody_or_too_much_is_sent(
    alice: Person, bob: Person, charlie: Person
) -> None:
    job = post_job(alice)
    page = alice.page(f"/invite?gig={job['id']}&to={listed(bob).id}&to={charlie.id}")
    after = submit_ticked(page, note=NOTE)
    assert (after.status, after.texts("#people-error")) == (400, ["Choose whom you invite."])
    assert after.values(FORM)["note"] == NOTE
    after = submit_ticked(after, bob, note="x" * 1_001)
    assert after.errors(FORM) == {"note": "At most 1,000 characters."}
    assert (after.values(FORM)["people"], after.values(FORM)["note"]) == (bob.id, "x" * 1_001)
    assert standing(alice, job) == []


def test_a_job_that_was_closed_meanwhile_is_said_at_its_field(alice: Person, bob: Person) -> None:
    job, other = post_job(alice), post_job(alice, title="Another job")
    page = alice.page(f"/invite?gig={job['id']}&to={listed(bob).id}")
    assert alice.delete(f"/api/gigs/{job['id']}").status_code == 200
    after = page.submit(FORM, note=NOTE)
    assert after.errors(FORM) == {"gig": "That job is no longer open. Choose another one."}
    assert (after.values(FORM)["note"], standing(alice, other)) == (NOTE, [])


def test_people_one_has_worked_with_can_be_ticked(alice: Person, bob: Person) -> None:
    hire(alice, place_bid(bob, post_job(alice)))
    job = post_job(alice)
    directory = alice.page(alice.page(f"/gigs/{job['id']}").link("Invite freelancers"))
    page = alice.page(directory.link("People you have worked with"))
    assert page.texts(f"{FORM} legend") == ["Freelancers you have worked with"]
    submit_ticked(page, bob)
    assert standing(alice, job) == ["invited"]


def test_who_is_no_longer_here_cannot_be_ticked(
    alice: Person, bob: Person, charlie: Person, server: Server
) -> None:
    """They are not among the people one has worked with; whom an address names stands there without a tick."""
    for each in (bob, charlie):
        order = hire(alice, place_bid(each, post_job(alice))).json()["order"]
        do(alice, order, "cancel", reason="Changed plans")
    disable(server, bob.email)
    ticks = f"{FORM} [name=people]"
    assert [each.attrs["value"] for each in alice.page("/invite").all(ticks)] == [charlie.id]
    page = alice.page(f"/invite?to={bob.id}&to={charlie.id}")
    assert [each.attrs["value"] for each in page.all(ticks)] == [charlie.id]
    assert page.texts(f"{FORM} p.row") == ["Bob Bidder No longer here"]


def test_the_owner_reads_how_each_invitation_stands(
    alice: Person, bob: Person, charlie: Person, join: Join
) -> None:
    job, dora = post_job(alice), join("Dora Newcomer")
    invite(alice, job, listed(bob))
    decline(charlie, invite(alice, job, listed(charlie)), "I am away.")
    invite(alice, job, listed(dora))
    place_bid(dora, job)
    rows = alice.page(f"/gigs/{job['id']}").texts("#invitations .invitation")
    assert ["Has bid" in rows[0], "Declined" in rows[1], "Invited" in rows[2]] == [True] * 3
    assert "I am away." in rows[1]
    assert charlie.page(f"/gigs/{job['id']}").all("#invitations") == []


def test_the_invited_read_who_invited_them_and_bid(alice: Person, bob: Person, charlie: Person) -> None:
    job = post_job(alice)
    invite(alice, job, listed(bob))
    page = bob.page(f"/gigs/{job['id']}")
    assert page.texts("#invitation h2") == ["Alice Owner invited you"]
    assert NOTE in page.one("#invitation").to_text()
    done = page.submit("#bid-form", message="Forty of these.", price="450")
    assert done.texts("#invitation .button") == []
    assert charlie.page(f"/gigs/{job['id']}").all("#invitation") == []


def test_declining_asks_once_and_takes_a_reason(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    invite(alice, job, listed(bob))
    question = bob.page(bob.page(f"/gigs/{job['id']}").link("Decline"))
    refused = question.submit(".ask form", reason="x" * 501)
    assert refused.errors(".ask form") == {"reason": "At most 500 characters."}
    done = refused.submit(".ask form", reason="No time.")
    assert "You declined this invitation." in done.texts("#invitation")[0]
    assert done.texts("#invitation .button") == []
    assert standing(alice, job) == ["declined"]


def test_nothing_is_asked_about_an_invitation_that_is_over(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    invite(alice, job, listed(bob))
    question = bob.page(bob.page(f"/gigs/{job['id']}").link("Decline"))
    assert alice.delete(f"/api/gigs/{job['id']}").status_code == 200
    late = question.submit(".ask form", reason="No time.")
    assert (late.status, "This job was closed by its owner." in late.text) == (409, True)
    for page in (late, bob.page(question.path)):
        assert "The invitation is over" in page.text
        assert page.all(".ask form") == []


def test_what_one_is_invited_to_stands_with_ones_work(alice: Person, bob: Person) -> None:
    assert "Invitations" not in bob.page("/freelancing").texts("h2")
    job = post_job(alice)
    assert ask_to_bid(alice, job, listed(bob)).status_code == 201
    page = bob.page("/freelancing")
    section = " ".join(page.texts("section[aria-labelledby=invitations]"))
    assert "Alice Owner invited you. Bid or decline." in section
    assert "Landing page" in " ".join(bob.page("/").texts("main"))
    place_bid(bob, job)
    past = bob.page("/freelancing?invitations=past")
    assert "Has bid" in " ".join(past.texts("section[aria-labelledby=invitations]"))
