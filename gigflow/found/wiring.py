"""How being found is put together with the rest."""

from gigflow.found import pages
from gigflow.wiring import Wiring

WIRING = Wiring(blueprints=(pages.pages,))
