"""How the list of what is somebody's turn is put together with the rest."""

from gigflow.turn import api, hooks, pages
from gigflow.wiring import Wiring

WIRING = Wiring(hooks=(hooks.waits, hooks.tallies), blueprints=(pages.pages, api.api))
