"""What inviting and declining take."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import Length, StopValidation, ValidationError

from gigflow.core.db import is_id, object_id
from gigflow.gigs.models import Job
from gigflow.invitations.models import INVITED_AT_ONCE, NOTE_MAX, REASON_MAX
from gigflow.web.fields import ChoiceField, LongTextField, TextField
from gigflow.web.forms import Form
from gigflow.web.id_fields import IdsField


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
        if self.unread & {"freelancer_id", "freelancer_ids"}:  # which is said at its field
            return
        if bool(field.data) == bool(self.freelancer_id.data):
            raise StopValidation(
                "Say whom you invite: one person (`freelancerId`), or several (`freelancerIds`)."
            )


class PeopleField(IdsField):
    """The people whom somebody invites, as ticked boxes."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = [object_id(text) for text in dict.fromkeys(valuelist) if is_id(text)]

    def pre_validate(self, form: FlaskForm) -> None:
        if not self.data:
            raise StopValidation("Choose whom you invite.")
        if len(self.data) > self.most:
            raise StopValidation(f"You can invite {self.most} people at once. Choose {self.most} of them.")


class JobField(ChoiceField):
    """One of the open jobs of the person who invites."""

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data not in self._values():
            raise ValidationError("That job is no longer open. Choose another one.")


class InvitePageForm(Form):
    """Whom somebody invites to which of their jobs, on a page."""

    gig = JobField("Job", choices=[])
    people = PeopleField("Freelancers", most=INVITED_AT_ONCE)
    note = NoteField()

    def offer(self, jobs: Sequence[Job]) -> None:
        """Let one of these jobs be chosen."""
        self.gig.choices = [(str(job.id), job.title) for job in jobs]


class DeclineForm(Form):
    """Why somebody declines, if they say so."""

    reason = LongTextField(
        "Reason",
        [Length(max=REASON_MAX, message=f"At most {REASON_MAX:,} characters.")],
        description="Only the client reads it.",
    )
