"""How gigs, which jobs and services stand on, are put together with the rest."""

from gigflow.accounts.hooks import copying
from gigflow.accounts.parts import ends_many
from gigflow.chat.hooks import may_talk, things
from gigflow.gigs import actions, hooks, reporting, sockets, talking, wording
from gigflow.gigs.store import GIGS
from gigflow.proof import finding
from gigflow.proof.snapshot import Reading, itself
from gigflow.reports.hooks import reportable
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.visitor_began,),
    takes=(
        *copying.by(ends_many("", "gig", actions.old_copies, actions.copy_owner)),
        *may_talk.by(talking.with_owner),
        *things.by("gig", talking.things),
        *reportable.by("gig", reporting.copy_of),
    ),
    sockets=sockets.register,
    watchables=(sockets.WATCHED,),
    due=(wording.forget_unused_words,),
    listed=(GIGS,),
    writers=("/gigs", "/api/gigs"),
    proof=(Reading(itself, finding.CHECKS),),
)
