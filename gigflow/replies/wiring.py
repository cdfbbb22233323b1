"""How saved replies are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import in_pieces
from gigflow.replies import actions, api, pages
from gigflow.wiring import Wiring

WIRING = Wiring(
    takes=leaving.by(in_pieces(actions.forget_replies_of)),
    blueprints=(api.api, pages.pages),
)
