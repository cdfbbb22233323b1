"""What reporting takes."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import Length, StopValidation

from gigflow.core.texts import is_visible
from gigflow.reports.models import KINDS, REASONS, TEXT_MAX
from gigflow.web.fields import ChoiceField, LongTextField, TextField
from gigflow.web.forms import Form

_CHOOSE = ("", "Choose a reason")


class ReasonField(ChoiceField):
    """Why something is reported: one of `REASONS`, and nothing at first."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, choices=[_CHOOSE, *REASONS.items()], **kwargs)
        self.flags.required = True

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data not in REASONS:
            raise StopValidation("Choose a reason.")

    def _values(self) -> list[str]:
        return list(REASONS)


class ReportForm(Form):
    """Why something is reported."""

    reason = ReasonField("Reason")
    text = LongTextField(
        "What happened",
        [Length(max=TEXT_MAX, message=f"At most {TEXT_MAX:,} characters.")],
        description="Only admins read it.",
    )

    def validate_text(self, field: LongTextField) -> None:
        """Ask for words if none of the reasons says what is wrong."""
        if self.reason.data == "other" and not is_visible(field.data or ""):
            raise StopValidation("Describe what is wrong.")


class SubjectReportForm(ReportForm):
    """What a program reports, and why."""

    kind = ChoiceField("Kind", choices=[(kind, kind) for kind in KINDS])
    id = TextField("Id", [])
