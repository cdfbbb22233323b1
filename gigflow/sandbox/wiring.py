"""How the sandbox is put together with the rest."""

from gigflow.sandbox import actions, api, pages, sender
from gigflow.sandbox.store import EVENTS
from gigflow.wiring import Wakes, Wiring

WIRING = Wiring(
    blueprints=(pages.pages, api.api),
    due=(actions.expire_due,),
    provider=(sender.send_due,),
    wakes=(Wakes(EVENTS, "provider", "due_at"),),
)
