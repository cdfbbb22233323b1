"""How profiles are put together with the rest."""

from gigflow.profiles import api, pages, reporting
from gigflow.reports.hooks import reportable
from gigflow.wiring import SettingsPage, Wiring

WIRING = Wiring(
    takes=reportable.by("person", reporting.copy_of),
    blueprints=(pages.pages, api.api),
    settings_pages=(
        SettingsPage("profiles.edit", "Profile", 1),
        SettingsPage("profiles.portfolio", "Portfolio", 2),
    ),
    writers=("/settings", "/api/users/profile"),
)
