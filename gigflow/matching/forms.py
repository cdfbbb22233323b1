"""What an admin's look for freelancers takes."""

from typing import cast

from wtforms.validators import Length

from gigflow.directory.models import SEARCH_MAX
from gigflow.matching.models import Sort
from gigflow.web.fields import ChoiceField, TextField, YesNoField
from gigflow.web.forms import Form

SORTS: tuple[Sort, ...] = ("match", "rating", "name", "availability")


class FreelancersForm(Form):
    """Whom an admin looks for, and in which order. Every field may be empty."""

    q = TextField("Search", [Length(max=SEARCH_MAX, message=f"At most {SEARCH_MAX} characters.")])
    sort = ChoiceField("Order", choices=[(each, each) for each in ("", *SORTS)], default="")
    available = YesNoField("Available now")
    high_rated = YesNoField("Highly rated")

    def order(self, *, for_request: bool) -> Sort:
        """Return how they are sorted: by match if a request is named, else by rating."""
        return cast(Sort, self.sort.data or ("match" if for_request else "rating"))
