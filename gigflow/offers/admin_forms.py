"""What offering a request to freelancers takes."""

from typing import ClassVar

from wtforms.validators import Length, StopValidation

from gigflow.offers.models import (
    ASKED_MAX,
    EXPIRES_HOURS,
    EXPIRES_HOURS_DEFAULT,
    NOTE_MAX,
    Assignment,
)
from gigflow.web.fields import DayField, LongTextField, MoneyField, WholeNumberField
from gigflow.web.forms import Form
from gigflow.web.id_fields import IdsField


class AssignForm(Form):
    """Who is asked, for what, until when, and which version of the request was seen."""

    ATTRIBUTES: ClassVar[dict[str, str]] = {"price": "price_minor"}

    freelancer_ids = IdsField("Freelancers", most=ASKED_MAX)
    price = MoneyField("Price", to_pay=True, required=False)
    due_on = DayField("Due date")
    expires_hours = WholeNumberField(
        "Hours to answer", least=min(EXPIRES_HOURS), most=max(EXPIRES_HOURS), default=EXPIRES_HOURS_DEFAULT
    )
    note = LongTextField(
        "A few words",
        [Length(max=NOTE_MAX, message=f"At most {NOTE_MAX:,} characters.")],
        description="Each freelancer reads them, and they stay with the agreement.",
    )
    version = WholeNumberField("Version", least=1, most=1_000_000_000)

    def validate_freelancer_ids(self, field: IdsField) -> None:
        """Ask for somebody."""
        if not field.data and not field.errors:
            raise StopValidation(f"Name 1 to {ASKED_MAX} freelancers.")

    def validate_expires_hours(self, field: WholeNumberField) -> None:
        """Let offers stand for as long as there is a choice of."""
        if field.data is not None and field.data not in EXPIRES_HOURS:
            raise StopValidation(f"Choose {', '.join(map(str, EXPIRES_HOURS))} hours.")

    def assignment(self) -> Assignment:
        """Return what is offered."""
        return Assignment(
            price_minor=self.price.data,
            due_on=self.due_on.data,
            expires_hours=self.expires_hours.data or EXPIRES_HOURS_DEFAULT,
            note=self.note.data or "",
        )


class WithdrawForm(Form):
    """Why an admin withdraws an offer; only the record has it."""

    note = LongTextField("Reason", [Length(max=NOTE_MAX, message=f"At most {NOTE_MAX:,} characters.")])
