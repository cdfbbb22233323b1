"""How the pages and answers of several features are put together with the rest."""

from gigflow.screens import (
    begun,
    disputed,
    disputed_api,
    gig,
    gigs_api,
    home,
    order,
    paying_api,
    payouts,
    person,
    talk,
    work,
)
from gigflow.web.cache import NO_PARAMETERS
from gigflow.wiring import SettingsPage, Wiring

WIRING = Wiring(
    blueprints=(
        home.pages,
        begun.pages,
        gig.pages,
        gigs_api.api,
        order.pages,
        disputed.pages,
        disputed_api.api,
        person.pages,
        talk.pages,
        work.pages,
        paying_api.api,
        payouts.pages,
    ),
    settings_pages=(SettingsPage("payouts.show", "Payouts", 7),),
    lists={"/": NO_PARAMETERS},
)
