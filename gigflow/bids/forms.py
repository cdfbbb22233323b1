"""What bidding and hiring take."""

from typing import Any, ClassVar

from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from gigflow.bids.models import DELIVERY_DAYS_MAX, MESSAGE_MAX, REASON_MAX, BidTerms
from gigflow.core.files import FILES_MAX
from gigflow.gigs.models import Job
from gigflow.orders.models import DELIVERY_DAYS, REVISIONS, REVISIONS_MAX
from gigflow.web.fields import LongTextField, MoneyField, TextField, WholeNumberField, text_rules
from gigflow.web.forms import Form, VersionedForm
from gigflow.web.id_fields import IdsField
from gigflow.web.uploads import FilesPageForm


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
        "Days you need",
        least=1,
        most=DELIVERY_DAYS_MAX,
        description=f"The job’s days, or {DELIVERY_DAYS} days, if you leave it empty.",
    )
    revisions = WholeNumberField(
        "Revisions included",
        least=0,
        most=REVISIONS_MAX,
        default=REVISIONS,
        description=f"Rounds of changes: {REVISIONS} if you leave it empty.",
    )
    file_ids = IdsField("Files", most=FILES_MAX)

    def values(self) -> dict[str, Any]:
        """Return what was understood; a number of revisions that is left empty is the usual one."""
        found = super().values()
        if "revisions" in found and found["revisions"] is None:
            found["revisions"] = REVISIONS
        return found

    def terms(self) -> BidTerms:
        """Return the terms that were understood."""
        return BidTerms(**self.values())


class SeenTermsForm(Form):
    """A page's form that also says which terms of the job it showed."""

    for_terms = HiddenField()

    def values(self) -> dict[str, Any]:
        """Return what was understood, without what the page showed."""
        return {name: value for name, value in super().values().items() if name != "for_terms"}

    @property
    def seen_terms(self) -> int | None:
        """The version of the job's terms that the page showed, or None if it says none."""
        text = self.for_terms.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def show_again_for(self, terms_version: int) -> None:
        """Show what was typed together with the job's terms as they are now."""
        self.for_terms.data = str(terms_version)


class ConfirmForm(SeenTermsForm):
    """A bid is confirmed for the job's terms that the page showed."""


class NewBidPageForm(SeenTermsForm, FilesPageForm, BidForm):
    """A bid on the page of its job."""

    def say_days(self, job: Job) -> None:
        """Say which days an empty field means for this job."""
        days = job.delivery_days
        if not days:
            said = f"{DELIVERY_DAYS} days if you leave it empty."
        elif days == 1:
            said = "Leave empty for the job’s 1 day."
        else:
            said = f"Leave empty for the job’s {days} days."
        self.delivery_days.description = said


class BidPageForm(VersionedForm, NewBidPageForm):
    """The page's form also says which version was edited."""


class PlaceBidForm(BidForm):
    """A program says for which job it bids (the page's address says it)."""

    gig_id = TextField("Job", [InputRequired("The id of the job.")])

    def terms(self) -> BidTerms:
        """Return the terms that were understood."""
        return BidTerms(**{name: value for name, value in self.values().items() if name != "gig_id"})


class DeclineForm(Form):
    """What one says to the freelancer of a bid that one declines; it may be left empty."""

    reason = LongTextField(
        "A few words to the freelancer",
        [Length(max=REASON_MAX, message=f"At most {REASON_MAX} characters.")],
        description="They read it with their bid.",
    )


class HireForm(Form):
    """The terms that were seen; both may be left out (docs/domain.md, The price that one saw)."""

    price = MoneyField("Price", required=False)
    version = WholeNumberField("Version", least=1, most=2**31)


class HirePageForm(HireForm):
    """The dialog's form also carries the key that heals a lost answer."""

    idempotency_key = HiddenField()
