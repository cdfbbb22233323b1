"""How files are put together with the rest."""

from gigflow.files import actions, api, hooks
from gigflow.proof import files
from gigflow.proof.snapshot import Reading, itself
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.may_read, hooks.has_worked),
    blueprints=(api.api,),
    due=(actions.sweep,),
    proof=(
        Reading(files.whole_files, files.FILE_CHECKS, "0. What is delivered or stored has its file"),
        Reading(itself, files.CHECKS),
    ),
)
