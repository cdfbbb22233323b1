"""How conversations are put together with the rest."""

from gigflow.chat import api, hooks, sockets
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.may_talk, hooks.must_talk, hooks.things),
    blueprints=(api.api,),
    sockets=sockets.register,
    watchables=(sockets.WATCHED,),
)
