"""What bidding and hiring take."""

from typing import ClassVar

from wtforms import HiddenField
from wtforms.validators import InputRequired

from gigflow.bids.models import DELIVERY_DAYS_MAX, MESSAGE_MAX, BidTerms
from gigflow.web.fields import LongTextField, MoneyField, TextField, WholeNumberField, text_rules
from gigflow.web.forms import Form, VersionedForm


class BidForm(Form):
    """A bid as its freelancer makes it."""

    ATTRIBUTES: ClassVar[dict[str, str]] = {"price": "price_minor"}

    message = LongTextField(
        "Message",
        text_rules(MESSAGE_MAX, "Explain why you are the right person."),
        description="Why you, how you would do it, and what you need from the client.",
    )
    price = MoneyField("Your price", to_pay=True, description="The total price for the work.")
    delivery_days = WholeNumberField(
        "Days you need", least=1, most=DELIVERY_DAYS_MAX, description="Leave empty if it depends."
    )

    def terms(self) -> BidTerms:
        """Return the terms that were understood."""
        return BidTerms(**self.values())


class BidPageForm(VersionedForm, BidForm):
    """The page's form also says which version was edited."""


class PlaceBidForm(BidForm):
    """A program says for which job it bids (the page's address says it)."""

    gig_id = TextField("Job", [InputRequired("The id of the job.")])

    def terms(self) -> BidTerms:
        """Return the terms that were understood."""
        return BidTerms(**{name: value for name, value in self.values().items() if name != "gig_id"})


class HireForm(Form):
    """The terms that were seen; both may be left out (docs/domain.md, The price that one saw)."""

    price = MoneyField("Price", required=False)
    version = WholeNumberField("Version", least=1, most=2**31)


class HirePageForm(HireForm):
    """The dialog's form also carries the key that heals a lost answer."""

    idempotency_key = HiddenField()
