"""What posting and editing a gig, and looking for one, takes."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from bson import ObjectId
from wtforms import Field
from wtforms.validators import Length, StopValidation

from gigflow.core.db import is_id
from gigflow.core.errors import Invalid
from gigflow.gigs.categories import CATEGORY_GROUPS
from gigflow.gigs.models import (
    ALT_MAX,
    DAYS,
    DELIVERY_DAYS,
    DELIVERY_DAYS_MAX,
    DESCRIPTION_MAX,
    IMAGES_MAX,
    NOTE_MAX,
    REVISIONS_MAX,
    SEARCH_MAX,
    SKILL_MAX,
    SKILLS_MAX,
    STARS,
    TITLE_MAX,
    GigKind,
    JobTerms,
    Search,
    ServiceTerms,
    Sort,
)
from gigflow.web.fields import (
    ChoiceField,
    DayField,
    JsonField,
    LongTextField,
    MoneyField,
    NumberField,
    TextField,
    WholeNumberField,
    WordsField,
    YesNoField,
    text_rules,
)
from gigflow.web.forms import Form, VersionedForm, form_of
from gigflow.web.uploads import PictureField

KINDS: dict[str, tuple[GigKind, ...]] = {"": ("job", "service"), "job": ("job",), "service": ("service",)}
SORTS = {
    "newest": "Newest first",
    "price": "Lowest price",
    "-price": "Highest price",
    "rating": "Best rated",
    "relevance": "Best match",
}


class JobForm(Form):
    """A job as its owner describes it."""

    ATTRIBUTES: ClassVar[dict[str, str]] = {"budget": "price_minor"}

    title = TextField(
        "Title",
        text_rules(TITLE_MAX, "Give the job a title."),
        description="What is to be done, in one line.",
    )
    description = LongTextField(
        "Description",
        text_rules(DESCRIPTION_MAX, "Describe the job."),
        description="What you have, what you need, and how you will know that it is done.",
    )
    budget = MoneyField("Budget", to_pay=True, description="What you expect to pay for all of it.")
    category = ChoiceField(
        "Category", choices=dict(CATEGORY_GROUPS), default="other", description="The closest one."
    )
    skills = WordsField("Skills", most=SKILLS_MAX, longest=SKILL_MAX, description="Separated by commas.")
    delivery_days = WholeNumberField("Days for the work", least=1, most=DELIVERY_DAYS_MAX)
    start_on = DayField("Earliest start")
    due_on = DayField("Wanted by")

    def terms(self) -> JobTerms:
        """The terms that were understood."""
        return JobTerms(**self.values())


class KindField(ChoiceField):
    """Which kind of gig it is; left out, its fields tell."""

    def __init__(self, **kwargs: Any) -> None:
        kinds = [("", "As its fields say"), ("job", "Job"), ("service", "Service")]
        super().__init__("Kind", choices=kinds, default="", **kwargs)


class JobApiForm(JobForm):
    """Programs may say in the same breath that it is a job."""

    kind = KindField()

    def values(self) -> dict[str, Any]:
        """What was understood of the terms."""
        return {name: value for name, value in super().values().items() if name != "kind"}


class JobPageForm(VersionedForm, JobForm):
    """The page's form also says which version was edited."""


class ServiceForm(Form):
    """A service as its owner describes it."""

    ATTRIBUTES: ClassVar[dict[str, str]] = {"price": "price_minor"}

    title = TextField(
        "Title",
        text_rules(TITLE_MAX, "Give the service a title."),
        description="What you do, in one line: “I will …”",
    )
    description = LongTextField(
        "Description",
        text_rules(DESCRIPTION_MAX, "Describe the service."),
        description="What is in it, what you need from the client, and what they get in the end.",
    )
    price = MoneyField("Price", to_pay=True, description="For all of it.")
    category = ChoiceField(
        "Category", choices=dict(CATEGORY_GROUPS), default="other", description="The closest one."
    )
    skills = WordsField("Skills", most=SKILLS_MAX, longest=SKILL_MAX, description="Separated by commas.")
    delivery_days = WholeNumberField(
        "Days until delivery", least=1, most=DELIVERY_DAYS_MAX, default=DELIVERY_DAYS
    )
    revisions = WholeNumberField("Revisions included", least=0, most=REVISIONS_MAX, default=1)

    def values(self) -> dict[str, Any]:
        """What was understood; a number that is left empty is the usual one."""
        usual = {"delivery_days": DELIVERY_DAYS, "revisions": 1}
        return {name: usual.get(name) if value is None else value for name, value in super().values().items()}

    def terms(self) -> ServiceTerms:
        """The terms that were understood."""
        return ServiceTerms(**self.values())


class ServiceApiForm(ServiceForm):
    """Programs say in the same breath that it is a service, and whether it is only a draft."""

    kind = KindField()
    draft = YesNoField("Only a draft")

    def values(self) -> dict[str, Any]:
        """What was understood of the terms."""
        return {name: value for name, value in super().values().items() if name not in ("kind", "draft")}


class ServicePageForm(VersionedForm, ServiceForm):
    """The page's form also says which version was edited."""


class BuyForm(Form):
    """The terms that were seen when somebody orders a service (docs/domain.md, The price that one saw)."""

    price = MoneyField("Price", required=False)
    version = WholeNumberField("Version", least=1, most=2**31)


class AltForm(Form):
    """What a picture shows, in words."""

    alt = TextField(
        "Describe this picture",
        [Length(max=ALT_MAX, message=f"At most {ALT_MAX} characters.")],
        description="In a few words, for people who cannot see it.",
    )


class ImageForm(AltForm):
    """A picture of a service."""

    picture = PictureField("Picture", description="PNG, JPEG or WebP, up to 10 MB.")


class ImagesField(JsonField, Field):
    """The pictures of a service in their order. `data` is a list of their ids, each with its alternative text; None
    where that is left out.
    """

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, list) or len(value) > IMAGES_MAX:
            raise ValueError(f"This must be a list of at most {IMAGES_MAX} objects with id and alt.")
        return [self._checked(each) for each in value]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        pairs = [text.partition(" ") for text in valuelist]
        self.data = [(ObjectId(image_id), alt if sep else None) for image_id, sep, alt in pairs]

    def schema(self) -> dict[str, Any]:
        """A list of pictures; `picture` may be there, as it was read."""
        text = {"type": "string"}
        image = {
            "type": "object",
            "properties": {"id": text, "alt": {**text, "maxLength": ALT_MAX}},
            "required": ["id"],
        }
        return {"type": "array", "items": image, "maxItems": IMAGES_MAX}

    @staticmethod
    def _checked(image: object) -> str:
        if isinstance(image, dict) and isinstance(image.get("id"), str) and is_id(image["id"]):
            form = form_of(AltForm, image)
            if not form.problems:
                return f"{image['id']} {form.alt.data or ''}" if "alt" in image else str(image["id"])
        raise ValueError("Each an object with the id of a picture and its alt, a text.")


class ImagesForm(Form):
    """All pictures of a service."""

    images = ImagesField("Pictures")


class DecisionForm(Form):
    """What an admin decides about a service, naming the version that was seen."""

    version = WholeNumberField("Version", least=1, most=1_000_000_000)
    note = LongTextField("Why", [Length(max=NOTE_MAX, message=f"At most {NOTE_MAX:,} characters.")])


class RejectionForm(DecisionForm):
    """A decision against a service, which has a reason."""

    note = LongTextField("Why", text_rules(NOTE_MAX, "Say why."), description="The owner reads it.")


class DecisionPageForm(VersionedForm):
    """An approval from a page."""


class RejectionPageForm(VersionedForm):
    """A decision against a service from a page."""

    note = LongTextField("Why", text_rules(NOTE_MAX, "Say why."), description="The owner reads it.")


class SearchForm(Form):
    """What somebody looks for. Every field may be empty."""

    q = TextField("Search", [Length(max=SEARCH_MAX, message=f"At most {SEARCH_MAX} characters.")])
    category = ChoiceField(
        "Category", choices={"All": [("", "All categories")], **dict(CATEGORY_GROUPS)}, default=""
    )
    min_price = MoneyField("From", required=False, bound=True)
    max_price = MoneyField("Up to", required=False, bound=True)
    skills = WordsField("Skills", most=SKILLS_MAX, longest=SKILL_MAX)
    available = YesNoField("Available now")
    sort = ChoiceField("Order", choices=list(SORTS.items()), default="newest")

    def validate_max_price(self, field: Field) -> None:
        """Refuse a range that holds nothing; WTForms calls this beside the field's own rules."""
        least = self.min_price.data if "min_price" in self else None
        if field.data is not None and least is not None and field.data < least:
            raise StopValidation("This is less than the lowest price.")

    def of_services_only(self) -> list[str]:
        """The fields that ask for what no job has: a rating, and a freelancer who has time."""
        asked = [name for name in ("min_rating", "available") if self._fields[name].data]
        return [*asked, "sort"] if self.sort.data == "rating" else asked

    def search(self, *, kinds: tuple[GigKind, ...] | None = None, titles_only: bool = False) -> Search:
        """The search that was understood; a field that was refused is left out of it, and where only jobs are looked
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
        "Rating", choices=[("", "Any rating"), *((f"{n:g}", f"{n:g} and more") for n in STARS)], default=""
    )


def is_a_service(body: dict[str, Any]) -> bool:
    """Whether a program posts a service: it says so, or a price and no budget (docs/api.md). Raises Invalid."""
    kind = body.get("kind")
    if kind not in (None, "job", "service"):
        raise Invalid({"kind": ["job or service."]})
    return kind == "service" or (kind is None and "price" in body and "budget" not in body)


def _number(value: str | float | None) -> float | None:
    return None if value in (None, "") else float(value)
