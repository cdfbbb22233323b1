"""What a look for people takes."""

from typing import cast

from wtforms.validators import Length

from gigflow.accounts.models import LANGUAGES_MAX, SKILL_MAX, SKILLS_MAX
from gigflow.directory.models import SEARCH_MAX, STARS, Look, Sort
from gigflow.gigs.categories import CATEGORY_GROUPS
from gigflow.web.fields import ChoiceField, MoneyField, NumberField, TextField, WordsField, YesNoField
from gigflow.web.forms import Form
from gigflow.web.language_fields import LanguagesField

SORTS = {"rating": "Best rated", "name": "By name", "newest": "Newest first"}


class PeopleForm(Form):
    """What somebody looks for. Every field may be empty."""

    q = TextField("Search", [Length(max=SEARCH_MAX, message=f"At most {SEARCH_MAX} characters.")])
    category = ChoiceField(
        "Category", choices={"All": [("", "All categories")], **dict(CATEGORY_GROUPS)}, default=""
    )
    skills = WordsField("Skills", most=SKILLS_MAX, longest=SKILL_MAX)
    languages = LanguagesField("Languages", most=LANGUAGES_MAX)
    max_from_price = MoneyField("Services from, at most", required=False, bound=True)
    available = YesNoField("Available now")
    sort = ChoiceField("Order", choices=list(SORTS.items()), default="rating")

    def look(self) -> Look:
        """Return what was understood; it leaves out a field that was refused."""
        values = {name: field.data for name, field in self._fields.items() if not field.errors}
        stars = values.get("min_rating")
        return Look(
            text=values.get("q") or "",
            category=values.get("category") or None,
            skills=tuple(values.get("skills") or ()),
            languages=tuple(values.get("languages") or ()),
            most_price=values.get("max_from_price"),
            # Every rating is 0 or more.
            least_stars=float(stars) or None if stars not in (None, "") else None,
            available=bool(values.get("available")),
            sort=cast(Sort, values.get("sort") or "rating"),
        )


class PeopleApiForm(PeopleForm):
    """Programs may ask for any number of stars."""

    min_rating = NumberField("Rated at least", least=0, most=5)


class PeoplePageForm(PeopleForm):
    """A page offers a few steps."""

    min_rating = ChoiceField(
        "Rating", choices=[("", "Any rating"), *((f"{n:g}", f"{n:g} and up") for n in STARS)], default=""
    )
