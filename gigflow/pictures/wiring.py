"""How pictures are put together with the rest."""

from gigflow.pictures import actions, pages
from gigflow.pictures.store import PICTURES
from gigflow.proof import files
from gigflow.proof.snapshot import Reading
from gigflow.wiring import Wiring

WIRING = Wiring(
    blueprints=(pages.pages,),
    due=(actions.sweep,),
    # Lists show the faces of people.
    listed=(PICTURES,),
    proof=(Reading(files.whole_pictures, files.PICTURE_CHECKS, "0. Pictures that are shown are there"),),
)
