"""What sending, changing and deciding about requests take."""

from typing import Any, ClassVar

from wtforms.validators import Length

from gigflow.core.files import FILES_MAX
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.gigs.forms import CategoryField
from gigflow.gigs.models import DESCRIPTION_MAX, SKILL_MAX, SKILLS_MAX, TITLE_MAX
from gigflow.requests.models import NOTE_MAX, SEARCH_MAX, STATES, STATUSES, RequestTerms
from gigflow.web.fields import (
    ChoiceField,
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


class RequestForm(Form):
    """A request as its client describes it."""

    ATTRIBUTES: ClassVar[dict[str, str]] = {"budget": "budget_minor"}

    title = TextField(
        "Title",
        text_rules(TITLE_MAX, "Give the request a title."),
        description="What you need, in one line.",
    )
    description = LongTextField(
        "Description",
        text_rules(DESCRIPTION_MAX, "Describe what you need."),
        description="What you have, what you need, and how you will know that it is done.",
    )
    budget = MoneyField("Budget", to_pay=True, description="The most that you would pay.")
    category = CategoryField(default="other", description="Pick the closest match.")
    skills = WordsField("Skills", most=SKILLS_MAX, longest=SKILL_MAX, description="Separate with commas.")
    start_on = DayField("Preferred start", description="When the work can begin.")
    due_on = DayField("Due date", description="By the end of this day.")
    file_ids = IdsField("Files", most=FILES_MAX)

    def terms(self) -> RequestTerms:
        """Return the terms that were understood."""
        return RequestTerms(**self.values())


class RequestPageForm(VersionedForm, FilesPageForm, RequestForm):
    """The page's form also says which version was edited, and brings files."""


class SendAgainForm(RequestForm):
    """A program may change what it says in the same step, and names the version that it saw."""

    version = WholeNumberField("Version", least=1, most=1_000_000_000)

    def changes(self) -> tuple[dict[str, Any], int | None]:
        """Return the changed terms, and the version that was seen."""
        changed = self.values()
        version = changed.pop("version", None)
        return changed, version


class OpenUpForm(Form):
    """The budget of the job; it may be left out."""

    budget = MoneyField(
        "Budget of the job", to_pay=True, required=False, description="All can see it once it is posted."
    )


class RejectRequestForm(Form):
    """Why a request goes back, which budget would do, and the version that was seen."""

    ATTRIBUTES: ClassVar[dict[str, str]] = {"suggested_budget": "suggested_minor"}

    note = LongTextField(
        "Reason",
        text_rules(NOTE_MAX, "Say what has to change."),
        description="The client reads it.",
    )
    suggested_budget = MoneyField("A budget that would do", required=False)
    version = WholeNumberField("Version", least=1, most=1_000_000_000)


class RequestListForm(Form):
    """Which of one's requests a program asks for."""

    status = ChoiceField("Status", choices=[(each, each) for each in ("", *STATES)], default="")


class QueueForm(Form):
    """Which of everybody's requests an admin asks for."""

    status = ChoiceField("Status", choices=[(each, each) for each in STATUSES], default=STATUSES[0])
    category = ChoiceField("Category", choices=[(each, each) for each in ("", *CATEGORY_NAMES)], default="")
    q = TextField("Words of the title", [Length(max=SEARCH_MAX, message=f"At most {SEARCH_MAX} characters.")])
