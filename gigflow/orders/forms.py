"""What the steps of an order take."""

import msgspec
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length, ValidationError

from gigflow.core.briefs import GivenBrief
from gigflow.core.files import FILE_BYTES_MAX
from gigflow.orders.models import FILES_MAX, MESSAGE_MAX
from gigflow.web.brief_forms import BRIEF_LENGTH, BriefForm, BriefPageForm
from gigflow.web.fields import LongTextField, MoneyField, WholeNumberField, YesNoField, text_rules
from gigflow.web.forms import Form, VersionedForm
from gigflow.web.id_fields import IdsField, ReadFilesField
from gigflow.web.uploads import FilesField

_LENGTH = Length(max=MESSAGE_MAX, message=f"At most {MESSAGE_MAX:,} characters.")


class DeliverForm(Form):
    """What the freelancer hands in."""

    message = LongTextField(
        "Message",
        text_rules(MESSAGE_MAX, "Describe what you deliver."),
        description="What it is, and how the client can check it.",
    )
    files = FilesField(
        "Files",
        most=FILES_MAX,
        description=f"Up to {FILES_MAX}, of at most {FILE_BYTES_MAX // 1_000_000} MB each.",
    )


class ChangeBriefForm(BriefForm):
    """A brief as it is changed: by the names of a purchase, or as the order has it; and which version was read."""

    text = LongTextField("The same as brief", [BRIEF_LENGTH])
    files = ReadFilesField("The same as fileIds, each an object with its id", most=FILES_MAX)
    version = WholeNumberField("Version", least=1, most=2**31)

    def validate_text(self, field: LongTextField) -> None:
        """Refuse two texts that differ."""
        if field.raw_data and self.brief.raw_data and field.data != self.brief.data:
            raise ValidationError("This is another text than brief. Send one of the two.")

    def validate_files(self, field: ReadFilesField) -> None:
        """Refuse two lists of files that differ."""
        if field.is_given and self.file_ids.is_given and set(field.data) != set(self.file_ids.data):
            raise ValidationError("These are other files than fileIds. Send one of the two.")

    @property
    def given(self) -> GivenBrief | None:
        """What was sent of a brief by either name, or None if nothing of it was."""
        given = super().given or GivenBrief()
        if self.text.raw_data:
            given = msgspec.structs.replace(given, text=self.text.data or "")
        if self.files.is_given:
            given = msgspec.structs.replace(given, file_ids=self.files.data)
        return given if given != GivenBrief() else None


class EditBriefForm(VersionedForm, BriefPageForm):
    """The page's form also says which version of the order it shows."""


class ChangesForm(Form):
    """What the client wants to be different."""

    message = LongTextField(
        "What should change",
        text_rules(MESSAGE_MAX, "Describe what should change."),
        description="Be as exact as you can: the freelancer will work from it.",
    )


class CancelForm(Form):
    """Why somebody does not want to go on."""

    reason = LongTextField("Reason", [_LENGTH], description="The other side reads it.")


class CancelPageForm(CancelForm):
    """The same with the status that the page showed when it asked."""

    seen = HiddenField()


class AnswerForm(Form):
    """Whether a side agrees to cancel."""

    agree = YesNoField("I agree to cancel", [InputRequired("Choose whether you agree.")])


class DisputeForm(Form):
    """What is wrong."""

    reason = LongTextField(
        "What is wrong",
        text_rules(MESSAGE_MAX, "Describe what is wrong."),
        description="The other side can read it, and so can an admin if you cannot agree.",
    )


class StatementForm(Form):
    """What one side of a dispute says. Files that `remove` does not name stay."""

    text = LongTextField(
        "Your statement",
        text_rules(MESSAGE_MAX, "Describe your view."),
        description="What was agreed, what happened, and what would be fair. The other side and admins read it.",
    )
    files = FilesField(
        "Files",
        most=FILES_MAX,
        description=f"Files that show it. Up to {FILES_MAX} in all, of at most {FILE_BYTES_MAX // 1_000_000} MB each.",
    )
    remove = IdsField("Files to remove", most=FILES_MAX)


class NumberForm(Form):
    """How much of the held money the freelancer should get."""

    amount = MoneyField(
        "What the freelancer should get",
        bound=True,
        description="Of the whole amount held. The other side does not see your offer.",
    )


class _Seen(Form):
    """The version of the order that an admin saw, which programs may leave out."""

    version = WholeNumberField("Version", least=1, most=1_000_000_000)


class _Decision(Form):
    """An admin's decision about what is held."""

    amount = MoneyField(
        "What the freelancer gets", bound=True, description="The rest is refunded to the client."
    )
    note = LongTextField("Why", text_rules(MESSAGE_MAX, "Give a reason."), description="Both sides read it.")


class DecisionForm(_Decision, _Seen):
    """A program's decision about a dispute."""


class DecisionPageForm(VersionedForm, _Decision):
    """A page's decision about an order."""


class _Loss(Form):
    """Who bears what the provider took back after the end."""

    take_back = YesNoField("Take it from the freelancer’s balance")
    note = LongTextField("Why", text_rules(MESSAGE_MAX, "Give a reason."), description="Both sides read it.")


class LossForm(_Loss, _Seen):
    """A program's decision about a loss."""


class LossPageForm(VersionedForm, _Loss):
    """A page's decision about a loss."""


class _Note(Form):
    """Why an admin ends an order, or lets it go on."""

    note = LongTextField("Why", [_LENGTH], description="Both sides read it.")


class NoteForm(_Note, _Seen):
    """What a program says of it."""


class NotePageForm(VersionedForm):
    """What a page says of it."""

    note = LongTextField("Why", text_rules(MESSAGE_MAX, "Give a reason."))


class ReasonForm(Form):
    """Why an admin sends a refund again."""

    note = LongTextField("Why", [_LENGTH], description="The record keeps it.")
