"""How accounts are put together with the rest."""

from gigflow.accounts import api, hooks, leaving, letters, pages, piecemeal, sockets, standing
from gigflow.accounts.parts import in_pieces
from gigflow.mails.hooks import composes
from gigflow.proof import addresses, people
from gigflow.proof.snapshot import Reading, itself
from gigflow.wiring import SettingsPage, Wiring

WIRING = Wiring(
    hooks=(
        hooks.obstacle_to_leaving,
        hooks.leaving,
        hooks.copying,
        hooks.kept_here,
        hooks.arrived,
        hooks.went_out,
        hooks.address_confirmed,
        hooks.chosen_otherwise,
        hooks.stands_otherwise,
    ),
    takes=(
        *hooks.leaving.by(in_pieces(leaving.release_pictures_of)),
        *composes.by("password_reset", letters.password_reset),
        *composes.by("confirm_address", letters.confirm_address),
        *composes.by("email_change", letters.email_change),
        *composes.by("password_changed", letters.password_changed),
        *composes.by("email_changed", letters.email_changed),
        *composes.by("account_deleted", letters.account_deleted),
    ),
    blueprints=(pages.pages, api.api, api.users_api),
    sockets=sockets.register,
    settings_pages=(
        SettingsPage("accounts.account", "Account", 3),
        SettingsPage("accounts.password", "Password", 4),
        SettingsPage("accounts.devices", "Devices", 5),
    ),
    writers=("/settings", "/api/auth/account"),
    due=(piecemeal.run_due, standing.come_back_due),
    proof=(
        Reading(people.whole_users, people.CHECKS, "0. What belongs to somebody has its user"),
        Reading(itself, addresses.CHECKS_OF_ADDRESSES),
    ),
)
