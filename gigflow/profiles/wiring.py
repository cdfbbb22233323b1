"""How profiles are put together with the rest."""

from gigflow.profiles import api, pages
from gigflow.wiring import SettingsPage, Wiring

WIRING = Wiring(
    blueprints=(pages.pages, api.api),
    settings_pages=(
        SettingsPage("profiles.edit", "Profile", 1),
        SettingsPage("profiles.portfolio", "Portfolio", 2),
    ),
    writers=("/settings", "/api/users/profile"),
)
