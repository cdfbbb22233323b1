"""What posting and editing a job take."""

from typing import Any, ClassVar

from wtforms import HiddenField

from gigflow.core.files import FILES_MAX
from gigflow.gigs.forms import CategoryField, KindField
from gigflow.gigs.models import DELIVERY_DAYS_MAX, DESCRIPTION_MAX, SKILL_MAX, SKILLS_MAX, TITLE_MAX, JobTerms
from gigflow.web.fields import (
    DayField,
    LongTextField,
    MoneyField,
    TextField,
    WholeNumberField,
    WordsField,
    text_rules,
)
from gigflow.web.forms import Form, VersionedForm
from gigflow.web.id_fields import IdsField
from gigflow.web.uploads import FilesPageForm


class JobForm(Form):
    """A job as its owner describes it."""

    ATTRIBUTES: ClassVar[dict[str, str]] = {"budget": "price_minor"}

    title = TextField(
        "Title",
        text_rules(TITLE_MAX, "Give the job a title."),
        description="What needs to be done, in one line.",
    )
    description = LongTextField(
        "Description",
        text_rules(DESCRIPTION_MAX, "Describe the job."),
        description="What you have, what you need, and how you will know that it is done.",
    )
    budget = MoneyField("Budget", to_pay=True, description="The total price that you expect to pay.")
    category = CategoryField(default="other", description="Pick the closest match.")
    skills = WordsField("Skills", most=SKILLS_MAX, longest=SKILL_MAX, description="Separate with commas.")
    delivery_days = WholeNumberField("Days for the work", least=1, most=DELIVERY_DAYS_MAX)
    start_on = DayField("Earliest start")
    due_on = DayField("Wanted by")
    file_ids = IdsField("Files", most=FILES_MAX)

    def terms(self) -> JobTerms:
        """Return the terms that were understood."""
        return JobTerms(**self.values())


class JobApiForm(JobForm):
    """Programs may say along with it that it is a job."""

    kind = KindField()

    def values(self) -> dict[str, Any]:
        """Return what was understood of the terms."""
        return {name: value for name, value in super().values().items() if name != "kind"}


class JobPageForm(VersionedForm, FilesPageForm, JobForm):
    """The page's form also says which version was edited, brings files, and says where one goes once the job is posted,
    if that is not its page.
    """

    next = HiddenField()

    def values(self) -> dict[str, Any]:
        """Return what was understood, without where one goes on: that is not a term."""
        return {name: value for name, value in super().values().items() if name != "next"}
