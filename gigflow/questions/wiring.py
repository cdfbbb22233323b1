"""How questions about services are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import in_pieces
from gigflow.notifications.hooks import EVENTS
from gigflow.questions import actions, api, events, pages
from gigflow.wiring import Wiring

WIRING = Wiring(
    takes=(*EVENTS.by(events), *leaving.by(in_pieces(actions.forget_questions_of))),
    blueprints=(pages.pages, api.api),
)
