"""How the front page is put together with the rest."""

from gigflow.home import pages
from gigflow.web.cache import NO_PARAMETERS
from gigflow.wiring import Wiring

WIRING = Wiring(blueprints=(pages.pages,), lists={"/": NO_PARAMETERS})
