"""How beginnings are put together with the rest."""

from gigflow.accounts.hooks import address_confirmed, arrived, kept_here, leaving, went_out
from gigflow.accounts.parts import in_pieces
from gigflow.beginnings import actions, going_on, pages
from gigflow.gigs.hooks import visitor_began
from gigflow.wiring import Wiring

WIRING = Wiring(
    takes=(
        *visitor_began.by(going_on.keep_for_visitor),
        *kept_here.by(going_on.kept_here),
        *arrived.by(going_on.go_on),
        *went_out.by(going_on.went_out),
        *address_confirmed.by(actions.be_ready),
        *leaving.by(in_pieces(actions.forget_beginnings_of)),
    ),
    blueprints=(pages.pages,),
    writers=("/begun",),
    due=(actions.sweep,),
    house=(going_on.publish_due,),
)
