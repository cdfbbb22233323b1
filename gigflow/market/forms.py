"""What a search takes."""

from typing import cast

from wtforms import Field
from wtforms.validators import Length, StopValidation

from gigflow.gigs.categories import CATEGORY_GROUPS
from gigflow.gigs.forms import CategoryField
from gigflow.gigs.models import DELIVERY_DAYS_MAX, SKILL_MAX, SKILLS_MAX, GigKind
from gigflow.market.models import DAYS, SEARCH_MAX, STARS, Search, Sort
from gigflow.web.fields import (
    ChoiceField,
    MoneyField,
    NumberField,
    TextField,
    WholeNumberField,
    WordsField,
    YesNoField,
)
from gigflow.web.forms import Form

KINDS: dict[str, tuple[GigKind, ...]] = {"": ("job", "service"), "job": ("job",), "service": ("service",)}
SORTS = {
    "newest": "Newest first",
    "price": "Lowest price",
    "-price": "Highest price",
    "rating": "Best rated",
    "relevance": "Best match",
}


class SearchForm(Form):
    """What somebody looks for. Every field may be empty."""

    q = TextField("Search", [Length(max=SEARCH_MAX, message=f"At most {SEARCH_MAX} characters.")])
    category = CategoryField(choices={"All": [("", "All categories")], **dict(CATEGORY_GROUPS)}, default="")
    min_price = MoneyField("From", required=False, bound=True)
    max_price = MoneyField("Up to", required=False, bound=True)
    skills = WordsField("Skills", most=SKILLS_MAX, longest=SKILL_MAX)
    available = YesNoField("Available now")
    sort = ChoiceField("Order", choices=list(SORTS.items()), default="newest")

    def validate_max_price(self, field: Field) -> None:
        """Refuse a range that holds nothing; WTForms calls this besides the field's own rules."""
        least = self.min_price.data if "min_price" in self else None
        if field.data is not None and least is not None and field.data < least:
            raise StopValidation("This is less than the lowest price.")

    def of_services_only(self) -> list[str]:
        """Return the fields that ask for what no job has: a rating, and a freelancer who has time."""
        asked = [name for name in ("min_rating", "available") if self._fields[name].data]
        return [*asked, "sort"] if self.sort.data == "rating" else asked

    def search(self, *, kinds: tuple[GigKind, ...] | None = None, titles_only: bool = False) -> Search:
        """Return the search that was understood; it leaves out a field that was refused and, if only jobs are looked
        for, what no job has.
        """
        values = {name: field.data for name, field in self._fields.items() if not field.errors}
        kinds = kinds or KINDS[values.get("kind") or ""]
        if kinds == ("job",):
            for name in self.of_services_only():
                values.pop(name, None)
        days = _number(values.get("max_delivery_days") or values.get("max_days")) or 0
        return Search(
            text=values.get("q") or "",
            titles_only=titles_only,
            kinds=kinds,
            category=values.get("category") or None,
            skills=tuple(values.get("skills") or ()),
            least_price=values.get("min_price"),
            most_price=values.get("max_price"),
            # Every delivery time is within more days than there may be, and every rating is 0 or more.
            most_days=int(days) if 0 < days <= DELIVERY_DAYS_MAX else None,
            least_stars=_number(values.get("min_rating")) or None,
            available=bool(values.get("available")),
            sort=cast(Sort, values.get("sort") or "newest"),
        )


class SearchApiForm(SearchForm):
    """Programs may ask for both kinds, and for any number."""

    kind = ChoiceField("Kind", choices=[("", "All"), ("job", "Jobs"), ("service", "Services")], default="")
    max_delivery_days = WholeNumberField("Delivered within days", least=1, most=999_999_999)
    min_rating = NumberField("Rated at least", least=0, most=5)
    facets = YesNoField("With counts")


class SearchPageForm(SearchForm):
    """A page is about one kind, and offers a few steps."""

    max_days = ChoiceField(
        "Delivery", choices=[("", "Any time"), *((str(n), f"Up to {n} days") for n in DAYS)], default=""
    )
    min_rating = ChoiceField(
        "Rating", choices=[("", "Any rating"), *((f"{n:g}", f"{n:g} and up") for n in STARS)], default=""
    )


def _number(value: str | float | None) -> float | None:
    return None if value in (None, "") else float(value)
