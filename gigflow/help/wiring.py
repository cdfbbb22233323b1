"""How help is put together with the rest."""

from gigflow.help import pages
from gigflow.wiring import Wiring

WIRING = Wiring(blueprints=(pages.pages,))
