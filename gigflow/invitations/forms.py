"""What inviting and declining take."""

from typing import Any

from wtforms.validators import Length, StopValidation

from gigflow.core.db import is_id
from gigflow.invitations.models import INVITED_AT_ONCE, NOTE_MAX, REASON_MAX
from gigflow.web.fields import IdsField, LongTextField, TextField
from gigflow.web.forms import Form


class NoteField(LongTextField):
    """What the owner of a job writes to the people whom they invite."""

    def __init__(self, **kwargs: Any) -> None:
        rules = [Length(max=NOTE_MAX, message=f"At most {NOTE_MAX:,} characters.")]
        says = "Why you think of them. The people whom you invite read it on the page of the job."
        super().__init__("Note", rules, description=says, **kwargs)


class InviteForm(Form):
    """Whom a program invites: one person, or several, who get an answer each."""

    freelancer_id = TextField("Freelancer", [])
    freelancer_ids = IdsField("Freelancers", most=INVITED_AT_ONCE)
    note = NoteField()

    def validate_freelancer_id(self, field: TextField) -> None:
        """Ask for an id, if there is one."""
        if field.data and not is_id(field.data):
            raise StopValidation("The id of a person.")

    def validate_freelancer_ids(self, field: IdsField) -> None:
        """Ask for one of the two ways to say who is invited."""
        if bool(field.data) == bool(self.freelancer_id.data):
            raise StopValidation("Say whom you invite: one person (`freelancerId`) or several, not both.")


class DeclineForm(Form):
    """Why somebody declines, if they say so."""

    reason = LongTextField(
        "Reason",
        [Length(max=REASON_MAX, message=f"At most {REASON_MAX:,} characters.")],
        description="Only the client reads it.",
    )
