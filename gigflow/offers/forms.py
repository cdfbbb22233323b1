"""What sending, accepting and declining an offer take."""

from collections.abc import Sequence
from typing import ClassVar

from wtforms import Field, HiddenField
from wtforms.validators import Length, StopValidation

from gigflow.core.db import is_id, object_id
from gigflow.core.files import FILES_MAX
from gigflow.files.models import Subject, SubjectKind
from gigflow.gigs.forms import CategoryField
from gigflow.gigs.models import DELIVERY_DAYS_MAX, DESCRIPTION_MAX, TITLE_MAX
from gigflow.offers.models import EXPIRES_DAYS, EXPIRES_DAYS_MAX, NOTE_MAX, REASON_MAX, OfferTerms
from gigflow.orders.models import DELIVERY_DAYS, REVISIONS, REVISIONS_MAX
from gigflow.web.fields import (
    ChoiceField,
    DayField,
    JsonField,
    LongTextField,
    MoneyField,
    Schema,
    TextField,
    WholeNumberField,
    text_rules,
)
from gigflow.web.forms import Form
from gigflow.web.id_fields import IdsField
from gigflow.web.uploads import FilesPageForm

_LIKE: tuple[SubjectKind, ...] = ("order", "offer")


class LikeField(JsonField, Field):
    """What the files of an offer come from: an order or an offer, {"kind", "id"} in JSON, "order:<id>" on a page."""

    data: Subject | None

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise ValueError(self._says())
        return [f"{value.get('kind')}:{value['id']}"]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0]:
            return
        kind, _, text = valuelist[0].partition(":")
        known = next((each for each in _LIKE if each == kind), None)
        if known is None or not is_id(text):
            raise ValueError(self._says())
        self.data = Subject(known, object_id(text))

    def _value(self) -> str:
        return f"{self.data.kind}:{self.data.id}" if self.data else ""

    def schema(self) -> Schema:
        return {
            "type": "object",
            "properties": {"kind": {"enum": list(_LIKE)}, "id": {"type": "string"}},
            "required": ["kind", "id"],
        }

    def _says(self) -> str:
        return f"An object of a kind ({', '.join(_LIKE)}) and an id."


class OfferForm(Form):
    """The terms of an offer, and for how long it stands."""

    ATTRIBUTES: ClassVar[dict[str, str]] = {"price": "price_minor"}

    title = TextField(
        "Title",
        text_rules(TITLE_MAX, "Give the offer a title."),
        description="The work, in one line.",
    )
    description = LongTextField(
        "What is agreed",
        text_rules(DESCRIPTION_MAX, "Describe the work."),
        description="What is delivered, what is needed for it, and how you both know that it is done.",
    )
    price = MoneyField("Price", to_pay=True, description="The total price for the work.")
    category = CategoryField(default="other", description="Pick the closest match.")
    delivery_days = WholeNumberField(
        "Days from payment",
        least=1,
        most=DELIVERY_DAYS_MAX,
        description=f"{DELIVERY_DAYS} if you name neither days nor a day.",
    )
    due_on = DayField("Or a day", description="The work is due at its end, where the client is.")
    revisions = WholeNumberField(
        "Revisions included",
        least=0,
        most=REVISIONS_MAX,
        default=REVISIONS,
        description=f"Rounds of changes: {REVISIONS} if you leave it empty.",
    )
    note = LongTextField(
        "A few words",
        [Length(max=NOTE_MAX, message=f"At most {NOTE_MAX:,} characters.")],
        description="They stay with the agreement.",
    )
    file_ids = IdsField("Files", most=FILES_MAX)
    expires_days = WholeNumberField(
        "Stands for so many days",
        least=1,
        most=EXPIRES_DAYS_MAX,
        default=EXPIRES_DAYS,
        description=f"{EXPIRES_DAYS} if you leave it empty, and never past the day that you name.",
    )

    def validate_due_on(self, field: DayField) -> None:
        """Refuse a day beside a number of days: one of them says when the work is due."""
        if field.data and self.delivery_days.data:
            raise StopValidation("Name days or a day, not both.")

    def terms(self) -> OfferTerms:
        """Return the terms that were understood."""
        names = OfferTerms.__struct_fields__
        found = {name: value for name, value in self.values().items() if name in names}
        if found["revisions"] is None:
            found["revisions"] = REVISIONS
        return OfferTerms(**found)


class SendOfferForm(OfferForm):
    """A program also says to whom it goes, on which side its sender is, and what its files come from."""

    user_id = TextField("Person", text_rules(24, "The id of the person who gets the offer."))
    side = ChoiceField(
        "You are the", choices=[("client", "Client"), ("freelancer", "Freelancer")], default="client"
    )
    like = LikeField("Like")

    def validate_user_id(self, field: TextField) -> None:
        """Ask for an id."""
        if not is_id(field.data or ""):
            raise StopValidation("The id of the person who gets the offer.")


class OfferPageForm(FilesPageForm, OfferForm):
    """The form on a page, which carries the key that heals a lost answer."""

    like = LikeField("Like")
    idempotency_key = HiddenField()


class AcceptForm(Form):
    """The price that was seen; it may be left out (docs/domain.md, The price that one saw)."""

    price = MoneyField("Price", required=False)


class AcceptPageForm(AcceptForm):
    """The dialog's form also carries the key that heals a lost answer."""

    idempotency_key = HiddenField()


class DeclineForm(Form):
    """Why somebody declines, and for how much they would, if they say so."""

    reason = LongTextField(
        "Reason",
        [Length(max=REASON_MAX, message=f"At most {REASON_MAX:,} characters.")],
    )
    price = MoneyField("A price that would do", required=False)


class ListForm(Form):
    """Which of one's offers a program asks for."""

    state = ChoiceField(
        "State", choices=[(each, each) for each in ("", "open", "accepted", "ended")], default=""
    )
    box = ChoiceField("Box", choices=[(each, each) for each in ("received", "sent")], default="received")
    side = ChoiceField("Side", choices=[(each, each) for each in ("", "client", "freelancer")], default="")
