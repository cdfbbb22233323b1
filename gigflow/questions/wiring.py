"""How questions about services are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import in_pieces
from gigflow.questions import actions, api, pages
from gigflow.wiring import Wiring

WIRING = Wiring(
    takes=leaving.by(in_pieces(actions.forget_questions_of)),
    blueprints=(pages.pages, api.api),
)
