"""How matching is put together with the rest."""

from gigflow.matching import admin_api
from gigflow.wiring import Wiring

WIRING = Wiring(blueprints=(admin_api.api,))
