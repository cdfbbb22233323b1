"""How conversations are put together with the rest."""

from gigflow.chat import api, hooks, reporting, sockets
from gigflow.reports.hooks import reportable
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.may_talk, hooks.must_talk, hooks.things),
    takes=reportable.by("message", reporting.copy_of),
    blueprints=(api.api,),
    sockets=sockets.register,
    watchables=(sockets.WATCHED,),
)
