"""How bids are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import ends_each, in_pieces
from gigflow.bids import (
    actions,
    api,
    choosing,
    choosing_pages,
    deciding,
    ending,
    events,
    hooks,
    letters,
    pages,
    reading,
    talking,
)
from gigflow.chat.hooks import may_talk
from gigflow.files.hooks import may_read
from gigflow.jobs.hooks import job_changed, job_closed
from gigflow.notifications.hooks import EVENTS, letter_facts
from gigflow.orders.hooks import ended_unpaid, finished
from gigflow.proof import jobs
from gigflow.proof.snapshot import Reading
from gigflow.turn.hooks import waits
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.bid_placed, hooks.beside_bids),
    takes=(
        *EVENTS.by(events),
        *job_changed.by(ending.ask_bidders_to_confirm),
        *waits.by(reading.bids_that_wait, reading.bids_to_confirm),
        *letter_facts.by("bid", letters.facts),
        *job_closed.by(ending.reject_bids_of_closed_job),
        *leaving.by(
            ends_each("bids withdrawn", "bid", ending.bids_left, ending.end_bid_of),
            in_pieces(ending.forget_words_of),
            in_pieces(choosing.forget_stars_of),
            in_pieces(deciding.forget_reasons_of),
        ),
        *ended_unpaid.by("bid", ending.reopen_job),
        *finished.by("bid", ending.end_job),
        *may_read.by("bid", actions.may_read_files),
        *may_talk.by(talking.bidder_and_owner),
    ),
    blueprints=(pages.pages, choosing_pages.pages, api.api),
    writers=("/bids", "/api/bids"),
    proof=(Reading(jobs.whole_jobs, jobs.CHECKS, "0. Bids, orders and news of jobs have their job"),),
)
