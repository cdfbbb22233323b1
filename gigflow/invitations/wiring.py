"""How invitations are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import in_pieces
from gigflow.bids.hooks import beside_bids, bid_placed
from gigflow.chat.hooks import blocked
from gigflow.invitations import api, ending, events, pages, reading
from gigflow.jobs.hooks import job_assigned, job_closed
from gigflow.notifications.hooks import EVENTS
from gigflow.proof import invitations
from gigflow.proof.snapshot import Reading
from gigflow.turn.hooks import waits
from gigflow.wiring import Wiring

WIRING = Wiring(
    takes=(
        *EVENTS.by(events),
        *waits.by(reading.invitations_that_wait),
        *beside_bids.by(reading.beside_bids),
        *bid_placed.by(ending.answer_by_bid),
        *job_assigned.by(ending.end_with_job),
        *job_closed.by(ending.end_with_job),
        *blocked.by(ending.hide_from_blocker),
        *leaving.by(in_pieces(ending.let_go_of), in_pieces(ending.forget_words_of)),
    ),
    blueprints=(pages.pages, api.api),
    proof=(Reading(invitations.whole_invitations, invitations.CHECKS),),
)
