"""How questions about services are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import in_pieces
from gigflow.notifications.hooks import EVENTS
from gigflow.questions import actions, api, events, pages, reporting, waiting
from gigflow.reports.hooks import reportable
from gigflow.services.hooks import service_archived
from gigflow.turn.hooks import waits
from gigflow.wiring import Wiring

WIRING = Wiring(
    takes=(
        *EVENTS.by(events),
        *waits.by(waiting.questions_that_wait),
        *service_archived.by(waiting.let_go_of_archived),
        *reportable.by("question", reporting.copy_of),
        *leaving.by(in_pieces(actions.forget_questions_of)),
    ),
    blueprints=(pages.pages, api.api),
)
