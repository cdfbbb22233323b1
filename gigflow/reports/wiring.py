"""How reports are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import in_pieces
from gigflow.notifications.hooks import EVENTS
from gigflow.reports import actions, api, events, hooks, pages
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.reportable,),
    takes=(
        *EVENTS.by(events),
        *leaving.by(in_pieces(actions.forget_name_of)),
    ),
    blueprints=(pages.pages, api.api),
)
