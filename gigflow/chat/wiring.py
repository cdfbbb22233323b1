"""How conversations are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import in_pieces
from gigflow.chat import answering, api, counted, due, events, hooks, pages, reading, reporting, sockets
from gigflow.chat import leaving as parts
from gigflow.files.hooks import may_read
from gigflow.notifications.hooks import EVENTS
from gigflow.proof import talk
from gigflow.proof.snapshot import Reading, itself
from gigflow.reports.hooks import reportable
from gigflow.turn.hooks import tallies
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(
        hooks.may_talk,
        hooks.about_order,
        hooks.must_talk,
        hooks.obstacle_to_blocking,
        hooks.blocked,
        hooks.has_paid,
        hooks.keeps_words,
        hooks.began,
        hooks.things,
    ),
    takes=(
        *tallies.by(counted.unread_conversations),
        *EVENTS.by(events),
        *may_read.by("message", reading.may_read_file),
        *reportable.by("message", reporting.copy_of),
        *leaving.by(
            in_pieces(parts.close_conversations_of),
            in_pieces(parts.forget_words_of),
            in_pieces(parts.forget_blocks_of),
            in_pieces(parts.forget_answering_of),
        ),
    ),
    blueprints=(api.api, api.people, pages.pages),
    sockets=sockets.register,
    watchables=(sockets.WATCHED,),
    due=(due.tell_due, answering.measure_due),
    proof=(
        Reading(talk.whole_talks, talk.CHECKS_OF_TALKS, talk.STRAYS),
        Reading(itself, talk.CHECKS),
    ),
)
