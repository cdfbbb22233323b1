"""How offers are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import ends_each, in_pieces
from gigflow.chat.hooks import blocked, may_talk
from gigflow.files.hooks import may_read
from gigflow.notifications.hooks import EVENTS
from gigflow.offers import (
    actions,
    admin_api,
    api,
    ending,
    events,
    pages,
    reading,
    reminding,
    sockets,
    store,
    talking,
)
from gigflow.orders.hooks import ended_unpaid, finished
from gigflow.proof import offers
from gigflow.proof.snapshot import Reading
from gigflow.requests.hooks import holds_offer, offers_withdrawn
from gigflow.turn.hooks import waits
from gigflow.wiring import Wakes, Wiring

WIRING = Wiring(
    takes=(
        *EVENTS.by(events),
        *waits.by(reading.offers_that_wait),
        *leaving.by(
            ends_each("offers ended", "offer", ending.offers_left, ending.void_offer_of),
            in_pieces(ending.forget_words_of),
        ),
        *ended_unpaid.by("offer", ending.call_off_offer),
        *finished.by("offer", ending.keep_offer),
        *may_read.by("offer", actions.may_read_files),
        *offers_withdrawn.by(ending.withdraw_offers_of),
        *holds_offer.by(actions.holds_offer),
        *may_talk.by(talking.receiver_and_sender),
        *blocked.by(ending.end_with_block),
    ),
    blueprints=(pages.pages, api.api, admin_api.api),
    watchables=(sockets.WATCHED,),
    due=(ending.expire_offers, reminding.remind_of_offers),
    wakes=(Wakes(store.OFFERS, "house", "expires_at"),),
    proof=(Reading(offers.whole_offers, offers.CHECKS),),
)
