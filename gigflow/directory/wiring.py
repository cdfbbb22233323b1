"""How the directory is put together with the rest."""

from gigflow.accounts.hooks import leaving, stands_otherwise
from gigflow.accounts.parts import in_pieces
from gigflow.directory import actions, sockets
from gigflow.orders.hooks import work_done
from gigflow.proof import directory as proven
from gigflow.proof.snapshot import Reading, itself
from gigflow.wiring import Wiring

WIRING = Wiring(
    takes=(
        *stands_otherwise.by(actions.write_place),
        *work_done.by(actions.count_work),
        *leaving.by(in_pieces(actions.forget_work_of)),
    ),
    sockets=sockets.register,
    due=(actions.forget_unused_words,),
    proof=(
        Reading(
            proven.whole_freelancers, proven.CHECKS, "0. What is counted of somebody's work has its user"
        ),
        Reading(itself, proven.CHECKS_OF_WORDS),
    ),
)
