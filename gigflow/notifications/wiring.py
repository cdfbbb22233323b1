"""How notifications are put together with the rest."""

from flask import Flask

from gigflow.accounts.hooks import chosen_otherwise, leaving
from gigflow.accounts.parts import in_pieces
from gigflow.core.clock import now
from gigflow.mails.hooks import composes
from gigflow.notifications import actions, api, hooks, letters, pages, posting, sockets
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.proof import news
from gigflow.proof.snapshot import Reading, itself
from gigflow.proof.whole import whole_orders
from gigflow.web.runtime import EXTENSION, Runtime
from gigflow.wiring import SettingsPage, Wakes, Wiring


def post_letters(app: Flask) -> int:
    """Put what is to be written of notifications into the outbox, from where it goes out."""
    runtime: Runtime = app.extensions[EXTENSION]
    posting.post_letters(runtime.db, now(), runtime.limits.pace("letters"))
    return 0


WIRING = Wiring(
    hooks=(hooks.EVENTS, hooks.letter_facts),
    takes=(
        *leaving.by(in_pieces(actions.forget_news_of), in_pieces(actions.forget_name_of)),
        *chosen_otherwise.by(posting.ask_again),
        *composes.by("notifications", letters.letter),
    ),
    blueprints=(pages.pages, api.api),
    sockets=sockets.register,
    settings_pages=(SettingsPage("notifications.choices", "Notifications", 6),),
    letters=(post_letters,),
    wakes=(Wakes(NOTIFICATIONS, "letters", "mail_at"),),
    proof=(Reading(whole_orders, news.CHECKS_OF_ORDERS), Reading(itself, news.CHECKS)),
)
