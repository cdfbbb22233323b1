"""How requests are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import ends_each, in_pieces
from gigflow.files.hooks import may_read
from gigflow.notifications.hooks import EVENTS
from gigflow.proof import requests
from gigflow.proof.snapshot import Reading
from gigflow.requests import actions, admin_api, api, events, hooks, outcomes, pages, reading, sockets, store
from gigflow.turn.hooks import waits
from gigflow.wiring import Wakes, Wiring

WIRING = Wiring(
    hooks=(hooks.offers_withdrawn, hooks.holds_offer),
    takes=(
        *EVENTS.by(events),
        *leaving.by(
            ends_each("requests cancelled", "request", outcomes.requests_left, outcomes.cancel_request_of),
            in_pieces(outcomes.forget_words_of),
        ),
        *waits.by(reading.requests_that_wait),
        *may_read.by("request", actions.may_read_files),
    ),
    blueprints=(pages.pages, api.api, admin_api.api),
    watchables=(sockets.WATCHED,),
    due=(outcomes.lapse_requests,),
    wakes=(Wakes(store.REQUESTS, "house", "due_at"),),
    proof=(Reading(requests.whole_requests, requests.CHECKS),),
)
