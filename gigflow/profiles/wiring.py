"""How profiles are put together with the rest."""

from gigflow.profiles import api, pages
from gigflow.wiring import Wiring

WIRING = Wiring(blueprints=(pages.pages, api.api), writers=("/settings", "/api/users/profile"))
