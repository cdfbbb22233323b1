"""What every page shows of its reader's turn: the counts in the navigation."""

from flask import Blueprint

from gigflow.turn import views
from gigflow.turn.models import Counts

pages = Blueprint("turn", __name__)


@pages.app_template_global()
def turn_counts() -> Counts:
    """Return how many things wait for the reader of the page."""
    return views.turn_counts()
