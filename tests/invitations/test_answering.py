"""What becomes of an invitation: a bid, a refusal, the end of the job, or the end of an account; and who is told."""

from bson import ObjectId

from tests.accounts.steps import left
from tests.invitations.steps import (
    NOTE,
    decline,
    invite,
    invited_to,
    listed,
    sent_for,
    standing,
    turns,
    unread_news,
)
from tests.support.client import Person
from tests.support.invariants import Db
from tests.support.market import code_of, hire, news_of, place_bid, post_job, unique_word
from tests.support.money import do, pay
from tests.support.operator import disable, enable
from tests.support.server import Server


def test_the_invited_are_told_without_words_of_the_owner(alice: Person, bob: Person, db: Db) -> None:
    word = unique_word()
    job = post_job(alice, title=f"A {word}")
    invite(alice, job, listed(bob), note=word)
    assert news_of(bob, job) == [("invited", "Alice Owner invites you to bid on a job.")]
    row = db.notifications.find_one({"gig_id": ObjectId(job["id"])})
    assert word not in str(row)


def test_a_bid_ends_the_turn_and_the_news(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    invite(alice, job, listed(bob))
    assert (turns(bob), unread_news(bob, job)) == ([job["id"]], ["invited"])
    place_bid(bob, job)
    assert (turns(bob), unread_news(bob, job), standing(alice, job)) == ([], [], ["has_bid"])
    assert ([each["status"] for each in invited_to(bob, "past")], invited_to(bob)) == (["has_bid"], [])


def test_declining_ends_the_turn_and_tells_the_owner(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    invitation = invite(alice, job, listed(bob))
    declined = decline(bob, invitation, "I am away until May.")
    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    assert (turns(bob), unread_news(bob, job), invited_to(bob)) == ([], [], [])
    (seen,) = sent_for(alice, job)
    assert (seen["status"], seen["reason"]) == ("declined", "I am away until May.")
    told = "Bob Bidder has declined your invitation to “Landing page”."
    assert news_of(alice, job) == [("invitation_declined", told)]


def test_declining_twice_is_declining_once(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    invitation = invite(alice, job, listed(bob))
    answers = [decline(bob, invitation, reason) for reason in ("No time.", "Other words.")]
    assert [(answer.status_code, answer.json()["reason"]) for answer in answers] == [(200, "No time.")] * 2
    assert len(news_of(alice, job)) == 1


def test_who_has_declined_may_bid_all_the_same(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    decline(bob, invite(alice, job, listed(bob)))
    place_bid(bob, job)
    assert standing(alice, job) == ["has_bid"]


def test_who_has_bid_withdraws_instead_of_declining(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    invitation = invite(alice, job, listed(bob))
    place_bid(bob, job)
    assert code_of(decline(bob, invitation)) == "already_bid"


def test_an_invitation_is_nobody_elses(alice: Person, bob: Person, charlie: Person) -> None:
    job = post_job(alice)
    invitation = invite(alice, job, listed(bob))
    assert decline(charlie, invitation).status_code == 404
    assert (decline(alice, invitation).status_code, invited_to(charlie)) == (403, [])
    assert charlie.get(f"/api/gigs/{job['id']}/invitations").status_code == 403


def test_closing_the_job_ends_its_invitations(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    invitation = invite(alice, job, listed(bob))
    alice.delete(f"/api/gigs/{job['id']}")
    assert (turns(bob), unread_news(bob, job), standing(alice, job)) == ([], [], ["over"])
    assert (invited_to(bob), code_of(decline(bob, invitation))) == ([], "gig_not_open")


def test_a_hire_ends_them_and_an_open_job_again_revives_nothing(
    alice: Person, bob: Person, charlie: Person
) -> None:
    job = post_job(alice)
    invite(alice, job, listed(bob))
    order = hire(alice, place_bid(charlie, job)).json()["order"]
    assert (turns(bob), unread_news(bob, job), standing(alice, job)) == ([], [], ["over"])
    do(alice, order, "cancel", reason="Changed plans")
    assert (turns(bob), unread_news(bob, job), standing(alice, job)) == ([], [], ["invited"])
    place_bid(bob, job)
    assert standing(alice, job) == ["has_bid"]


def test_nothing_waits_for_who_is_shut_out(alice: Person, bob: Person, server: Server) -> None:
    job = post_job(alice)
    invite(alice, job, listed(bob))
    disable(server, bob.email)
    assert standing(alice, job) == ["gone"]
    assert "No longer here" in alice.page(f"/gigs/{job['id']}").one("#invitations").to_text()
    enable(server, bob.email)
    assert standing(alice, job) == ["invited"]
    assert server.db.invitations.count_documents({"freelancer_id": ObjectId(bob.id), "waits_for": None}) == 1


def test_words_of_invitations_go_with_either_side(alice: Person, bob: Person, charlie: Person) -> None:
    first, second = post_job(alice), post_job(alice)
    decline(bob, invite(alice, first, listed(bob)), "I am away until May.")
    decline(charlie, invite(alice, first, listed(charlie)), "Too far away.")
    invite(alice, second, bob)
    left(bob)
    assert (standing(alice, first), standing(alice, second)) == (["declined", "declined"], ["gone"])
    kept = {each["other"]["name"]: (each["note"], each["reason"]) for each in sent_for(alice, first)}
    assert kept == {"Somebody who left": ("", ""), "Charlie Stranger": (NOTE, "Too far away.")}
    left(alice)
    (mine,) = invited_to(charlie, "past")
    assert (mine["note"], mine["reason"], mine["status"]) == ("", "", "declined")


def test_words_of_what_came_to_an_order_stay(alice: Person, bob: Person, server: Server) -> None:
    job = post_job(alice)
    invite(alice, job, listed(bob))
    order = hire(alice, place_bid(bob, job)).json()["order"]
    pay(server, alice, order)
    do(bob, order, "deliver", message="Done.")
    do(alice, order, "accept")
    other = post_job(alice)
    invite(alice, other, bob)
    left(alice)
    assert {each["gigId"]: each["note"] for each in invited_to(bob, "past")} == {
        job["id"]: NOTE,
        other["id"]: "",
    }
