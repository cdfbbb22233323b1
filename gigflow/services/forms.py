"""What offering, editing, showing, buying and moderating a service take."""

from collections.abc import Sequence
from typing import Any, ClassVar

from bson import ObjectId
from wtforms import Field
from wtforms.validators import Length

from gigflow.core.db import is_id
from gigflow.gigs.forms import CategoryField, KindField
from gigflow.gigs.models import (
    ALT_MAX,
    DELIVERY_DAYS,
    DELIVERY_DAYS_MAX,
    DESCRIPTION_MAX,
    IMAGES_MAX,
    NOTE_MAX,
    REVISIONS_MAX,
    SKILL_MAX,
    SKILLS_MAX,
    TITLE_MAX,
    ServiceTerms,
)
from gigflow.services.question_forms import QuestionsField
from gigflow.web.brief_forms import BriefPageForm
from gigflow.web.fields import (
    JsonField,
    LongTextField,
    MoneyField,
    TextField,
    WholeNumberField,
    WordsField,
    YesNoField,
    text_rules,
)
from gigflow.web.forms import Form, VersionedForm, form_of
from gigflow.web.uploads import PictureField


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
        description="What is included, what you need from the client, and what they get.",
    )
    price = MoneyField("Price", to_pay=True, description="Total price.")
    category = CategoryField(default="other", description="Pick the closest match.")
    skills = WordsField("Skills", most=SKILLS_MAX, longest=SKILL_MAX, description="Separate with commas.")
    delivery_days = WholeNumberField(
        "Days until delivery", least=1, most=DELIVERY_DAYS_MAX, default=DELIVERY_DAYS
    )
    revisions = WholeNumberField("Revisions included", least=0, most=REVISIONS_MAX, default=1)
    questions = QuestionsField("Questions to the client")

    def values(self) -> dict[str, Any]:
        """Return what was understood; a number that is left empty is the usual one."""
        usual = {"delivery_days": DELIVERY_DAYS, "revisions": 1}
        return {name: usual.get(name) if value is None else value for name, value in super().values().items()}

    def terms(self) -> ServiceTerms:
        """Return the terms that were understood."""
        return ServiceTerms(**self.values())


class ServiceApiForm(ServiceForm):
    """Programs say along with it that it is a service, and whether it is only a draft."""

    kind = KindField()
    draft = YesNoField("Only a draft")

    def values(self) -> dict[str, Any]:
        """Return what was understood of the terms."""
        return {name: value for name, value in super().values().items() if name not in ("kind", "draft")}


class ServicePageForm(VersionedForm, ServiceForm):
    """The page's form also says which version was edited."""


class BuyForm(BriefPageForm):
    """The brief, and the terms that were seen when somebody orders a service (docs/domain.md, The price that one
    saw); and which version of their unpaid order had the brief that the page showed, 0 if there was none.
    """

    price = MoneyField("Price", required=False)
    version = WholeNumberField("Version", least=1, most=2**31)
    order_version = WholeNumberField("Version of the order", least=0, most=2**31)


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
    """The pictures of a service in their order. `data` is a list of their ids, each with its alternative text; None if
    that is left out.
    """

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, list) or len(value) > IMAGES_MAX:
            raise ValueError(f"This must be a list of at most {IMAGES_MAX} objects with id and alt.")
        return [self._checked(each) for each in value]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        pairs = [text.partition(" ") for text in valuelist]
        self.data = [(ObjectId(image_id), alt if sep else None) for image_id, sep, alt in pairs]

    def schema(self) -> dict[str, Any]:
        """Return a list of pictures; `picture` may be there, as it was read."""
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
        raise ValueError("Each must be an object with the id of a picture and its alt, a text.")


class ImagesForm(Form):
    """All pictures of a service."""

    images = ImagesField("Pictures")


class DecisionForm(Form):
    """What an admin decides about a service, naming the version that was seen."""

    version = WholeNumberField("Version", least=1, most=1_000_000_000)
    note = LongTextField("Why", [Length(max=NOTE_MAX, message=f"At most {NOTE_MAX:,} characters.")])


class RejectionForm(DecisionForm):
    """A decision against a service, which needs a reason."""

    note = LongTextField("Why", text_rules(NOTE_MAX, "Give a reason."), description="The owner reads it.")


class DecisionPageForm(VersionedForm):
    """An approval from a page."""


class RejectionPageForm(VersionedForm):
    """A decision against a service from a page."""

    note = LongTextField("Why", text_rules(NOTE_MAX, "Give a reason."), description="The owner reads it.")
