"""How mails are put together with the rest."""

from gigflow.mails import hooks, sender
from gigflow.mails.store import MAILS
from gigflow.wiring import Wakes, Wiring

WIRING = Wiring(hooks=(hooks.composes,), letters=(sender.send_due,), wakes=(Wakes(MAILS, "letters"),))
