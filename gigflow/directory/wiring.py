"""How the directory is put together with the rest."""

from gigflow.accounts.hooks import leaving, stands_otherwise
from gigflow.accounts.parts import in_pieces
from gigflow.accounts.store import USERS
from gigflow.directory import actions, api, pages, sockets
from gigflow.directory.forms import PeopleApiForm, PeoplePageForm
from gigflow.orders.hooks import work_done
from gigflow.proof import directory as proven
from gigflow.proof.snapshot import Reading, itself
from gigflow.web.forms import parameters_of
from gigflow.wiring import Wiring

WIRING = Wiring(
    takes=(
        *stands_otherwise.by(actions.write_place),
        *work_done.by(actions.count_work),
        *leaving.by(in_pieces(actions.forget_work_of)),
    ),
    blueprints=(pages.pages, api.api),
    sockets=sockets.register,
    lists={
        "/people": parameters_of(PeoplePageForm) | {"cursor", "pages"},
        "/api/freelancers": parameters_of(PeopleApiForm) | {"limit", "cursor"},
    },
    lists_by_reader=("/api/freelancers",),
    listed_fields=((USERS, "placed"),),
    due=(actions.forget_unused_words,),
    proof=(
        Reading(
            proven.whole_freelancers, proven.CHECKS, "0. What is counted of somebody's work has its user"
        ),
        Reading(itself, proven.CHECKS_OF_WORDS),
    ),
)
